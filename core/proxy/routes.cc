#include "core/proxy/routes.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/url/percent.h"

namespace brink::proxy {
namespace {

constexpr std::size_t kNoEntry = static_cast<std::size_t>(-1);

// "[id]", "[...rest]", "[[...rest]]" or "name".
struct Segment {
  enum class Kind { kStatic, kDynamic, kCatchAll, kOptionalCatchAll };
  Kind kind = Kind::kStatic;
  std::string_view name;
};

Result<Segment> read_segment(std::string_view text, std::string_view pattern) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kAppInvalid, "route " + std::string(pattern) + ": " + std::string(why));
  };
  if (text.empty()) return refuse("a folder without a name");
  Segment segment{Segment::Kind::kStatic, text};
  if (!text.starts_with('[') || !text.ends_with(']')) {
    if (text.contains('[') || text.contains(']')) {
      return refuse("brackets must enclose the whole name: [id], [...rest] or [[...rest]]");
    }
    return segment;
  }
  std::string_view inner = text.substr(1, text.size() - 2);
  const bool optional = inner.size() >= 2 && inner.starts_with('[') && inner.ends_with(']');
  if (optional) inner = inner.substr(1, inner.size() - 2);
  const bool catch_all = inner.starts_with("...");
  if (catch_all) inner.remove_prefix(3);
  if (optional && !catch_all)
    return refuse("[[name]] is not a route; only a catch-all can be optional: [[...name]]");
  if (inner.empty()) return refuse("a parameter without a name");
  if (inner.starts_with('.')) return refuse("a parameter's name must not start with a '.'");
  if (inner.find_first_of("[]") != inner.npos)
    return refuse("a parameter's name must not have brackets in it");
  segment.name = inner;
  segment.kind = optional    ? Segment::Kind::kOptionalCatchAll
                 : catch_all ? Segment::Kind::kCatchAll
                             : Segment::Kind::kDynamic;
  return segment;
}

// Takes the first segment off `path`, which starts with '/'.
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::size_t end = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

}  // namespace

// One place in the tree: what may follow. Immutable once built.
struct Routes::Node {
  // A parameter of one kind at this place, with the first pattern that named it, for messages.
  struct Parameter {
    std::string name;
    std::string pattern;
    std::size_t entry = kNoEntry;  // of a catch-all
  };

  std::map<std::string, std::unique_ptr<Node>, std::less<>> fixed;
  std::unique_ptr<Node> dynamic;
  std::optional<Parameter> parameter;  // of `dynamic`
  std::optional<Parameter> catch_all;
  std::optional<Parameter> optional_catch_all;
  std::size_t entry = kNoEntry;
  std::string pattern;  // that ends here

  Result<void> add(std::string_view rest, const std::string& whole, std::size_t index,
                   std::vector<std::string_view>& names);
  Result<Node*> add_dynamic(std::string_view name, const std::string& whole);
  Result<void> add_catch_all(const Segment& segment, std::string_view rest,
                             const std::string& whole, std::size_t index);
  Result<void> end_here(const std::string& whole, std::size_t index);

  // The dynamic segments on the way from the root to a node, as a list through the stack.
  struct Step {
    const Step* before;
    const Parameter* parameter;
    std::string_view value;  // raw; of a catch-all: all segments, with the first '/'
  };
  struct Found {
    std::size_t entry = kNoEntry;
    std::vector<RouteParam> params;
    bool bad_encoding = false;

    bool at(std::size_t index, const Step* last);
    void add_params(const Step* step);
    void add_param(const Parameter& named, std::string_view raw);
  };
  bool find(std::string_view rest, const Step* steps, Found& found) const;
};

Routes::Routes() = default;
Routes::~Routes() = default;
Routes::Routes(Routes&&) noexcept = default;
Routes& Routes::operator=(Routes&&) noexcept = default;

namespace {

std::unexpected<Error> conflict(std::string_view a, std::string_view b, std::string_view why) {
  return fail(ErrorCode::kAppInvalid, "routes " + std::string(a) + " and " + std::string(b) +
                                          " conflict: " + std::string(why));
}

}  // namespace

Result<void> Routes::Node::end_here(const std::string& whole, std::size_t index) {
  if (entry != kNoEntry) return conflict(pattern, whole, "they are the same");
  if (optional_catch_all) {
    return conflict(optional_catch_all->pattern, whole,
                    "an optional catch-all matches its own folder as well");
  }
  entry = index;
  pattern = whole;
  return {};
}

Result<Routes::Node*> Routes::Node::add_dynamic(std::string_view name, const std::string& whole) {
  if (parameter && parameter->name != name) {
    return conflict(parameter->pattern, whole,
                    "one place has two parameter names, [" + parameter->name + "] and [" +
                        std::string(name) + "]");
  }
  if (!parameter) {
    parameter = Parameter{std::string(name), whole, kNoEntry};
    dynamic = std::make_unique<Node>();
  }
  return dynamic.get();
}

Result<void> Routes::Node::add_catch_all(const Segment& segment, std::string_view rest,
                                         const std::string& whole, std::size_t index) {
  if (!rest.empty())
    return fail(ErrorCode::kAppInvalid, "route " + whole + ": a catch-all must be last");
  for (const std::optional<Parameter>* present : {&catch_all, &optional_catch_all}) {
    if (*present) return conflict((*present)->pattern, whole, "one place has two catch-alls");
  }
  const bool optional = segment.kind == Segment::Kind::kOptionalCatchAll;
  if (optional && entry != kNoEntry) {
    return conflict(pattern, whole, "an optional catch-all matches its own folder as well");
  }
  (optional ? optional_catch_all : catch_all) = Parameter{std::string(segment.name), whole, index};
  return {};
}

Result<void> Routes::Node::add(std::string_view rest, const std::string& whole, std::size_t index,
                               std::vector<std::string_view>& names) {
  if (rest.empty()) return end_here(whole, index);
  const Result<Segment> segment = read_segment(take_segment(rest), whole);
  if (!segment) return std::unexpected(segment.error());
  if (segment->kind == Segment::Kind::kStatic) {
    auto& child = fixed[std::string(segment->name)];
    if (!child) child = std::make_unique<Node>();
    return child->add(rest, whole, index, names);
  }
  if (std::ranges::contains(names, segment->name)) {
    return fail(ErrorCode::kAppInvalid, "route " + whole + ": the parameter '" +
                                            std::string(segment->name) + "' is there twice");
  }
  names.push_back(segment->name);
  if (segment->kind != Segment::Kind::kDynamic) return add_catch_all(*segment, rest, whole, index);
  const Result<Node*> child = add_dynamic(segment->name, whole);
  if (!child) return std::unexpected(child.error());
  return (*child)->add(rest, whole, index, names);
}

bool Routes::Node::Found::at(std::size_t index, const Step* last) {
  entry = index;
  add_params(last);
  return true;
}

// First to last: the list is linked from the end.
void Routes::Node::Found::add_params(const Step* step) {
  if (step == nullptr) return;
  add_params(step->before);
  std::string_view value = step->value;
  if (!value.starts_with('/')) return add_param(*step->parameter, value);
  while (!value.empty()) add_param(*step->parameter, take_segment(value));
}

void Routes::Node::Found::add_param(const Parameter& named, std::string_view raw) {
  std::optional<std::string> value = url::percent_decode(raw);
  if (!value) bad_encoding = true;
  params.push_back({named.name, value ? *std::move(value) : std::string()});
}

// `rest` is empty or starts with '/'. A node is visited at most once a call: its depth is the
// number of segments taken.
bool Routes::Node::find(std::string_view rest, const Step* steps, Found& found) const {
  if (rest.empty()) {
    if (entry != kNoEntry) return found.at(entry, steps);
    return optional_catch_all && found.at(optional_catch_all->entry, steps);
  }
  std::string_view after = rest;
  const std::string_view segment = take_segment(after);
  if (segment.empty()) return false;
  if (!segment.contains('%')) {
    const auto child = fixed.find(segment);
    if (child != fixed.end() && child->second->find(after, steps, found)) return true;
  } else {
    for (const auto& [name, child] : fixed) {
      if (url::percent_decoded_equals(segment, name) && child->find(after, steps, found))
        return true;
    }
  }
  if (dynamic && parameter) {
    const Step step{steps, &*parameter, segment};
    if (dynamic->find(after, &step, found)) return true;
  }
  const std::optional<Parameter>& any = catch_all ? catch_all : optional_catch_all;
  if (!any || rest.contains("//")) return false;
  const Step step{steps, &*any, rest};
  return found.at(any->entry, &step);
}

Result<Routes> Routes::build(std::span<const std::string> patterns) {
  Routes routes;
  if (patterns.empty()) return routes;
  routes.root_ = std::make_unique<Node>();
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const std::string& pattern = patterns[i];
    if (!pattern.starts_with('/'))
      return fail(ErrorCode::kAppInvalid, "route " + pattern + ": must start with '/'");
    std::vector<std::string_view> names;
    const std::string_view rest = pattern == "/" ? std::string_view() : std::string_view(pattern);
    if (auto added = routes.root_->add(rest, pattern, i, names); !added)
      return std::unexpected(added.error());
  }
  return routes;
}

Result<std::optional<RouteMatch>> Routes::match(std::string_view path) const {
  if (!root_ || !path.starts_with('/')) return std::nullopt;
  const bool trailing_slash = path.size() > 1 && path.ends_with('/');
  if (path.ends_with('/')) path.remove_suffix(1);
  Node::Found found;
  if (!root_->find(path, nullptr, found)) return std::nullopt;
  if (found.bad_encoding) {
    return fail(ErrorCode::kBadRequest, "the path has a '%' that does not encode UTF-8");
  }
  return RouteMatch{found.entry, std::move(found.params), trailing_slash};
}

bool Routes::empty() const { return root_ == nullptr; }

}  // namespace brink::proxy
