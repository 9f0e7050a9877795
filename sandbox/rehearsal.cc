#include "sandbox/rehearsal.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>

#include "sandbox/local_front.h"

namespace brink::sandbox {
namespace {

// What the first worker of a start takes to be ready, on a busy core.
constexpr int kRest_ms = 40;

// Never passed, however slow the machine or the build is.
constexpr std::uint32_t kCpuLimit_ms = 60'000;

// What most middleware does, each with what it needs of the web APIs.
constexpr std::string_view kMiddleware = R"(
import { NextResponse } from 'next/server';

export default async function middleware(request) {
  const { pathname } = request.nextUrl;
  if (pathname === '/json') return NextResponse.json({ path: pathname });
  if (pathname === '/text') return new Response(await request.text());
  const token = request.cookies.get('token');
  if (pathname === '/redirect') return NextResponse.redirect(new URL('/json', request.url));
  const headers = new Headers(request.headers);
  headers.set('x-user', token.value);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('x-edge', '1');
  return response;
}
)";

constexpr std::array<HeaderField, 3> kHeaders{
    {{"host", "rehearsal.invalid"}, {"cookie", "token=1"}, {"accept", "*/*"}}};

[[noreturn]] void end(const Error& error) {
  std::fprintf(stderr, "brink-worker: rehearsal: %s\n", error.message.c_str());
  ::_exit(1);
}

void must(const Result<void>& result) {
  if (!result) end(result.error());
}

}  // namespace

bool is_waited_for(int to_worker_eventfd) {
  pollfd wanted{to_worker_eventfd, POLLIN, 0};
  return ::poll(&wanted, 1, kRest_ms) != 0;
}

void rehearse(V8Start& v8, BindingList bindings) {
  auto front = LocalFront::make(v8, bindings);
  if (!front) end(front.error());
  must((*front)->load(kMiddleware,
                      {.cpu_limit_ms = kCpuLimit_ms, .start_cpu_limit_ms = kCpuLimit_ms}));
  for (const std::string_view path : {"json", "text", "redirect", "next"}) {
    const std::string url = "http://rehearsal.invalid/" + std::string(path);
    const bool has_body = path == "text";
    must((*front)->serve(
        {.body_kind = has_body ? ipc::Request::Body::kWhole : ipc::Request::Body::kNone,
         .method = has_body ? "POST" : "GET",
         .url = url,
         .client_ip = "192.0.2.1",
         .headers = kHeaders,
         .body = has_body ? "text" : ""}));
  }
}

}  // namespace brink::sandbox
