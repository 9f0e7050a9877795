#include <array>
#include <cstdint>
#include <string>

#include "core/http/server.h"

namespace brink::http {
namespace {

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string escape_json(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.append({'\\', c});
    } else if (byte < 0x20 || byte == 0x7f) {
      out.append("\\u00").append({kHex[byte >> 4], kHex[byte & 15]});
    } else {
      out += c;
    }
  }
  return out;
}

// "docs/limits.md#brink_cpu_limit"
std::string docs_link(const ErrorInfo& info) {
  std::string link(error_docs_page());
  link += '#';
  for (const char c : info.name) link += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return link;
}

std::string html_page(const ErrorInfo& info, std::string_view detail) {
  const std::string code(info.name);
  const std::string title = escape_html(info.title);
  std::string page =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"robots\" content=\"noindex\">\n<title>" +
      std::to_string(info.status) + " " + title +
      "</title>\n"
      "<style>:root{color-scheme:light dark}body{font:1rem/1.5 "
      "system-ui,sans-serif;max-width:40rem;"
      "margin:15vh auto;padding:0 1.5rem}h1{font-size:1.5rem}p{overflow-wrap:anywhere}</style>\n"
      "</head>\n<body>\n<main>\n<h1>" +
      std::to_string(info.status) + ": " + title + "</h1>\n";
  if (!detail.empty()) page += "<p>" + escape_html(detail) + "</p>\n";
  page += "<p><code>" + code + "</code>, explained in " + escape_html(docs_link(info)) +
          "</p>\n</main>\n</body>\n</html>\n";
  return page;
}

std::string json_page(const ErrorInfo& info, std::string_view detail) {
  return "{\"error\":{\"code\":\"" + std::string(info.name) + "\",\"message\":\"" +
         escape_json(info.title) + "\",\"detail\":\"" + escape_json(detail) + "\",\"docs\":\"" +
         escape_json(docs_link(info)) + "\"}}\n";
}

std::string text_page(const ErrorInfo& info, std::string_view detail) {
  std::string page = std::to_string(info.status) + " " + std::string(info.name) + ": " +
                     std::string(info.title) + "\n";
  if (!detail.empty()) page.append(detail).append("\n");
  return page.append("see ").append(docs_link(info)).append("\n");
}

}  // namespace

ErrorPage make_error_page(const Error& error, std::string_view accept_header) {
  const ErrorInfo& info = error_info(error.code);
  if (accept_header.find("text/html") != std::string_view::npos) {
    return {html_page(info, error.message), "text/html; charset=utf-8"};
  }
  if (accept_header.find("json") != std::string_view::npos) {
    return {json_page(info, error.message), "application/json"};
  }
  return {text_page(info, error.message), "text/plain; charset=utf-8"};
}

}  // namespace brink::http
