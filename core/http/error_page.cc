#include "core/http/error_page.h"

#include <algorithm>
#include <utility>

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

std::string html_page(const ErrorReport& report) {
  const ErrorInfo& info = error_info(report.error.code);
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
  if (report.detail && !report.error.message.empty())
    page += "<p>" + escape_html(report.error.message) + "</p>\n";
  page += "<p><code>" + code + "</code>";
  if (report.detail) page += ", explained in " + escape_html(docs_link(info));
  page += "</p>\n";
  if (!report.request_id.empty())
    page += "<p>Request <code>" + escape_html(report.request_id) + "</code></p>\n";
  return page += "</main>\n</body>\n</html>\n";
}

std::string json_page(const ErrorReport& report) {
  const ErrorInfo& info = error_info(report.error.code);
  std::string page = "{\"error\":{\"code\":\"" + std::string(info.name) + "\",\"message\":\"" +
                     escape_json(info.title) + "\",\"request_id\":\"" +
                     escape_json(report.request_id) + "\"";
  if (report.detail) {
    page += ",\"detail\":\"" + escape_json(report.error.message) + "\",\"docs\":\"" +
            escape_json(docs_link(info)) + "\"";
  }
  return page += "}}\n";
}

std::string text_page(const ErrorReport& report) {
  const ErrorInfo& info = error_info(report.error.code);
  std::string page = std::to_string(info.status) + " " + std::string(info.name) + ": " +
                     std::string(info.title) + "\n";
  if (report.detail && !report.error.message.empty())
    page.append(report.error.message).append("\n");
  if (report.detail) page.append("see ").append(docs_link(info)).append("\n");
  if (!report.request_id.empty()) page.append("request ").append(report.request_id).append("\n");
  return page;
}

}  // namespace

ErrorPage make_error_page(const ErrorReport& report, std::string_view accept_header) {
  if (accept_header.contains("text/html")) return {html_page(report), "text/html; charset=utf-8"};
  if (accept_header.contains("json")) return {json_page(report), "application/json"};
  return {text_page(report), "text/plain; charset=utf-8"};
}

bool accepts_html(std::string_view accept_header) {
  return accept_header.empty() || accept_header.contains("text/html") ||
         (accept_header.contains("*/*") && !accept_header.contains("json"));
}

ErrorPage fill_error_page(std::string_view html, const ErrorReport& report) {
  const ErrorInfo& info = error_info(report.error.code);
  const std::pair<std::string_view, std::string> values[] = {
      {"{{status}}", std::to_string(info.status)},
      {"{{code}}", std::string(info.name)},
      {"{{title}}", escape_html(info.title)},
      {"{{request_id}}", escape_html(report.request_id)},
      {"{{detail}}", report.detail ? escape_html(report.error.message) : std::string()}};
  std::string page;
  page.reserve(html.size() + 256);
  while (!html.empty()) {
    const std::size_t brace = std::min(html.find("{{"), html.size());
    page += html.substr(0, brace);
    html.remove_prefix(brace);
    std::string_view taken = html.substr(0, 2);
    std::string_view filled = taken;
    for (const auto& [name, value] : values) {
      if (html.starts_with(name)) taken = name, filled = value;
    }
    page += filled;
    html.remove_prefix(taken.size());
  }
  return {std::move(page), "text/html; charset=utf-8"};
}

}  // namespace brink::http
