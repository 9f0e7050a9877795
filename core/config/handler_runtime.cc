#include "core/config/handler_runtime.h"

#include <fcntl.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "core/config/open_beneath.h"

namespace brink {
namespace {

struct Token {
  enum class Kind : std::uint8_t { kEnd, kWord, kString, kSign };
  Kind kind = Kind::kEnd;
  std::string_view text;  ///< of a string: what is between the quotes, as written

  bool is_sign(char sign) const { return kind == Kind::kSign && text.front() == sign; }
  bool is_word(std::string_view word) const { return kind == Kind::kWord && text == word; }
};

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

/// JavaScript as words, strings and signs; comments and regular expressions are left out. Enough to
/// find declarations in code that V8 will take; of other code it may say anything.
class Tokens {
 public:
  explicit Tokens(std::string_view source) : rest_(source) {}

  Token next() {
    skip_blanks();
    if (rest_.empty()) return last_ = {};
    const char c = rest_.front();
    if (is_word_char(c)) return last_ = {Token::Kind::kWord, take_while_word()};
    if (c == '"' || c == '\'' || c == '`') return last_ = take_string(c);
    if (c == '/' && regexp_may_follow()) {
      skip_regexp();
      return last_ = {Token::Kind::kString, {}};
    }
    return last_ = {Token::Kind::kSign, take(1)};
  }

 private:
  std::string_view take(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view take_while_word() {
    return take(
        static_cast<std::size_t>(std::ranges::find_if_not(rest_, is_word_char) - rest_.begin()));
  }

  void skip_past(std::string_view end) {
    const std::size_t at = rest_.find(end);
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at + end.size());
  }

  void skip_blanks() {
    while (!rest_.empty()) {
      if (rest_.starts_with("//")) {
        skip_past("\n");
      } else if (rest_.starts_with("/*")) {
        rest_.remove_prefix(2);
        skip_past("*/");
      } else if (static_cast<unsigned char>(rest_.front()) <= ' ') {
        rest_.remove_prefix(1);
      } else {
        return;
      }
    }
  }

  /// A template's text goes on to its own end, whatever strings stand in its ${}. Of a string
  /// without an end nothing is left.
  Token take_string(char quote) {
    std::size_t at = 1;
    for (; at < rest_.size() && rest_[at] != quote; ++at) {
      if (rest_[at] == '\\') ++at;
      if (quote == '`' && rest_.substr(at).starts_with("${")) at = end_of_substitution(at + 2);
    }
    if (at >= rest_.size()) {
      rest_ = {};
      return {};
    }
    const std::string_view text = rest_.substr(1, at - 1);
    rest_.remove_prefix(at + 1);
    return {Token::Kind::kString, text};
  }

  /// Where the '}' is that ends a template's ${ whose code starts at `at`.
  std::size_t end_of_substitution(std::size_t at) const {
    if (depth_ == kMaxDepth) return rest_.size();
    Tokens code(rest_.substr(std::min(at, rest_.size())));
    code.depth_ = depth_ + 1;
    for (int open = 0;;) {
      const Token token = code.next();
      if (token.kind == Token::Kind::kEnd) return rest_.size();
      if (token.is_sign('{')) ++open;
      if (token.is_sign('}') && open-- == 0) return rest_.size() - code.rest_.size() - 1;
    }
  }

  /// A slash after a value divides.
  bool regexp_may_follow() const {
    switch (last_.kind) {
      case Token::Kind::kEnd:
        return true;
      case Token::Kind::kString:
        return false;
      case Token::Kind::kSign:
        return !last_.is_sign(')') && !last_.is_sign(']') && !last_.is_sign('}');
      case Token::Kind::kWord:
        break;
    }
    static constexpr std::array<std::string_view, 9> kBeforeValues = {
        "return", "typeof", "case", "in", "of", "delete", "void", "await", "yield"};
    return std::ranges::contains(kBeforeValues, last_.text);
  }

  void skip_regexp() {
    bool in_class = false;
    std::size_t at = 1;
    for (; at < rest_.size() && rest_[at] != '\n' && (in_class || rest_[at] != '/'); ++at) {
      if (rest_[at] == '\\')
        ++at;
      else if (rest_[at] == '[')
        in_class = true;
      else if (rest_[at] == ']')
        in_class = false;
    }
    rest_.remove_prefix(std::min(at + 1, rest_.size()));
  }

  static constexpr int kMaxDepth = 16;
  std::string_view rest_;
  Token last_;
  int depth_ = 0;
};

/// Top-level declarations with literals, and exports, of one module.
class Declarations {
 public:
  explicit Declarations(std::string_view source) : tokens_(source) { read(); }

  std::optional<std::string> runtime() const {
    const auto text = value_of("runtime", texts_);
    return text ? text : value_of("config", runtimes_);
  }

 private:
  using Values = std::map<std::string_view, std::string_view>;

  std::optional<std::string> value_of(std::string_view exported, const Values& values) const {
    const auto name = exports_.find(exported);
    if (name == exports_.end()) return std::nullopt;
    const auto value = values.find(name->second);
    if (value == values.end()) return std::nullopt;
    return std::string(value->second);
  }

  void read() {
    bool exported = false;
    for (Token token = tokens_.next(); token.kind != Token::Kind::kEnd;) {
      if (token.is_word("export")) {
        exported = true;
        token = tokens_.next();
        continue;
      }
      if (token.is_word("const") || token.is_word("let") || token.is_word("var")) {
        token = tokens_.next();
        continue;
      }
      if (exported && token.is_sign('{')) {
        read_exports();
        token = tokens_.next();
      } else if (opens(token)) {
        skip_group();
        token = tokens_.next();
      } else if (token.kind == Token::Kind::kWord) {
        token = read_binding(token.text, exported);
      } else {
        token = tokens_.next();
      }
      exported = false;
    }
  }

  /// After a word at the top level: `= {...}` or `= 'text'`. Returns the token behind what was
  /// read.
  Token read_binding(std::string_view name, bool exported) {
    if (const Token equals = tokens_.next(); !equals.is_sign('=')) return equals;
    if (exported) exports_.insert_or_assign(name, name);
    const Token value = tokens_.next();
    if (value.kind == Token::Kind::kString) {
      texts_.insert_or_assign(name, value.text);
    } else if (value.is_sign('{')) {
      read_object(name);
    } else {
      return value;
    }
    return tokens_.next();
  }

  /// After "{", to its "}". A key is what follows "{" or ",".
  void read_object(std::string_view name) {
    Token token = tokens_.next();
    while (token.kind != Token::Kind::kEnd && !token.is_sign('}')) {
      const Token key = token;
      token = tokens_.next();
      const bool is_runtime =
          (key.is_word("runtime") || (key.kind == Token::Kind::kString && key.text == "runtime")) &&
          token.is_sign(':');
      if (is_runtime) {
        token = tokens_.next();
        if (token.kind == Token::Kind::kString) runtimes_.insert_or_assign(name, token.text);
      }
      while (token.kind != Token::Kind::kEnd && !token.is_sign('}') && !token.is_sign(',')) {
        if (opens(token)) skip_group();
        token = tokens_.next();
      }
      if (token.is_sign(',')) token = tokens_.next();
    }
  }

  /// After "export {": `local`, `local as exported`.
  void read_exports() {
    std::vector<std::string_view> words;
    for (Token token = tokens_.next();; token = tokens_.next()) {
      const bool ends = token.kind == Token::Kind::kEnd || token.is_sign('}');
      if (!ends && !token.is_sign(',')) {
        words.push_back(token.text);
        continue;
      }
      if (!words.empty()) exports_.insert_or_assign(words.back(), words.front());
      words.clear();
      if (ends) return;
    }
  }

  static bool opens(const Token& token) {
    return token.is_sign('{') || token.is_sign('(') || token.is_sign('[');
  }

  void skip_group() {
    for (int open = 1; open > 0;) {
      const Token token = tokens_.next();
      if (token.kind == Token::Kind::kEnd) return;
      if (opens(token)) ++open;
      if (token.is_sign('}') || token.is_sign(')') || token.is_sign(']')) --open;
    }
  }

  Tokens tokens_;
  Values texts_;     // of `const name = 'text'`
  Values runtimes_;  // of `const name = { runtime: 'text' }`
  Values exports_;   // exported name -> local name
};

bool depends_on_next(std::string_view package_json) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(package_json.data(), package_json.size()).get(root) != simdjson::SUCCESS)
    return false;
  return std::ranges::any_of(
      std::array<std::string_view, 3>{"dependencies", "devDependencies", "peerDependencies"},
      [&](std::string_view section) {
        simdjson::dom::element version;
        return root[section]["next"].get(version) == simdjson::SUCCESS;
      });
}

}  // namespace

std::optional<std::string> declared_runtime(std::string_view source) {
  return Declarations(source).runtime();
}

bool is_next_project(int folder_fd) {
  static constexpr std::array<std::string_view, 6> kConfigNames = {
      "next.config.js", "next.config.mjs", "next.config.cjs",
      "next.config.ts", "next.config.mts", "next.config.cts"};
  const auto is_there = [folder_fd](std::string_view name) {
    return is_regular_file(open_beneath(folder_fd, std::string(name), O_PATH));
  };
  if (std::ranges::any_of(kConfigNames, is_there)) return true;
  const std::string name = "package.json";
  const FileHandle file = open_beneath(folder_fd, name, O_RDONLY);
  if (!is_regular_file(file)) return false;
  const Result<std::string> package = read_source(file, name);
  return package && depends_on_next(*package);
}

bool runs_at_edge(const std::optional<std::string>& runtime, bool next_project) {
  if (!runtime) return !next_project;
  return *runtime == "edge" || *runtime == "experimental-edge";
}

}  // namespace brink
