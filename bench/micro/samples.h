#pragma once

#include <string_view>

/// What browsers and origins send, for all measurements alike.
namespace brink::bench {

/// A browser's navigation: 14 fields.
inline constexpr std::string_view kBrowserRequest =
    "GET /products/lamp?lang=en HTTP/1.1\r\n"
    "Host: shop.example.com\r\n"
    "Connection: keep-alive\r\n"
    "sec-ch-ua: \"Chromium\";v=\"140\", \"Not=A?Brand\";v=\"24\"\r\n"
    "sec-ch-ua-mobile: ?0\r\n"
    "sec-ch-ua-platform: \"Linux\"\r\n"
    "Upgrade-Insecure-Requests: 1\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
    "\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "Sec-Fetch-Mode: navigate\r\n"
    "Sec-Fetch-Dest: document\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
    "Cookie: token=1; theme=dark; session=4f1c2f0a9be94d3cb7f6d8c1a2b3c4d5\r\n"
    "\r\n";

/// nginx's answer to it; a body of 1 KiB follows.
inline constexpr std::string_view kOriginHead =
    "HTTP/1.1 200 OK\r\n"
    "Server: nginx/1.26.3\r\n"
    "Date: Sat, 31 Jan 2026 12:00:00 GMT\r\n"
    "Content-Type: text/html\r\n"
    "Content-Length: 1024\r\n"
    "Last-Modified: Sat, 31 Jan 2026 11:00:00 GMT\r\n"
    "Connection: keep-alive\r\n"
    "ETag: \"6b06ab1a-400\"\r\n"
    "Cache-Control: public, max-age=60\r\n"
    "Accept-Ranges: bytes\r\n"
    "\r\n";

}  // namespace brink::bench
