// CPU time of what a worker does: its start, and requests from their message to RequestDone. Run by
// ../micro.mjs.
#include <benchmark/benchmark.h>

#include <string>
#include <utility>
#include <vector>

#include "bench/micro/path.h"
#include "bench/micro/registration.h"
#include "bindings/bindings.h"
#include "sandbox/local_front.h"

extern "C" const char brink_snapshot_begin[];
extern "C" const char brink_snapshot_end[];

namespace brink::bench {
namespace {

// Never passed, also where valgrind makes everything fifty times slower.
constexpr std::uint32_t kCpuLimit_ms = 60'000;
constexpr std::uint32_t kMemoryLimit_bytes = 128 * 1024 * 1024;

/// What a client asks for.
struct Workload {
  std::string_view name;
  std::string_view method;
  std::string_view url;
  std::vector<HeaderField> headers;
  std::string body;  ///< empty: none
};

// The middleware that all peers are measured with, in brink's idiom.
constexpr std::string_view kMiddleware = R"(
import { NextResponse } from 'next/server';

export default async function middleware(request) {
  const path = request.nextUrl.pathname;
  if (path === '/api/hello') return NextResponse.json({ hello: 'edge', path });
  if (path === '/api/echo' && request.method === 'POST') {
    const body = await request.json();
    body.edge = 1;
    return NextResponse.json(body);
  }
  const token = request.cookies.get('token');
  if (path.startsWith('/admin/') && !token) {
    return NextResponse.redirect(new URL('/login', request.url), 307);
  }
  const headers = new Headers(request.headers);
  if (token) headers.set('x-user', token.value);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('x-edge', '1');
  return response;
}
)";

std::string json_of_2_kib() {
  std::string json = R"({"user":"ada","items":[)";
  for (int i = 0; json.size() < 1960; ++i) {
    json += (i == 0 ? "" : ",") + std::string(R"({"id":)") + std::to_string(i) +
            R"(,"name":"item-)" + std::to_string(i) + R"(","price":1.25,"tags":["a","b"]})";
  }
  json += R"(],"note":")";
  return json + std::string(2048 - json.size() - 2, 'n') + "\"}";
}

std::vector<Workload> workloads() {
  const std::vector<HeaderField> few = {{"host", "127.0.0.1:8080"},
                                        {"x-forwarded-for", "192.0.2.1"},
                                        {"x-forwarded-proto", "http"},
                                        {"x-forwarded-host", "127.0.0.1:8080"},
                                        {"forwarded", "for=192.0.2.1;proto=http"}};
  std::vector<HeaderField> with_cookie = few;
  with_cookie.push_back({"cookie", "token=1"});
  std::vector<HeaderField> json = few;
  json.push_back({"content-type", "application/json"});
  const std::string_view site = "http://127.0.0.1:8080";
  static const std::string kHello = std::string(site) + "/api/hello";
  static const std::string kAdmin = std::string(site) + "/admin/x";
  static const std::string kPage = std::string(site) + "/page.html";
  static const std::string kEcho = std::string(site) + "/api/echo";
  return {{"w1-respond-json", "GET", kHello, few, ""},
          {"w2-redirect", "GET", kAdmin, few, ""},
          {"w3-next", "GET", kPage, with_cookie, ""},
          {"w5-post-json", "POST", kEcho, json, json_of_2_kib()}};
}

/// The bindings and the snapshot that brink-worker has.
sandbox::BindingList worker_bindings() {
  static const std::vector<sandbox::Binding> kBindings = bindings::all_bindings();
  return kBindings;
}

const v8::StartupData& worker_snapshot() {
  static const v8::StartupData kSnapshot{
      brink_snapshot_begin, static_cast<int>(brink_snapshot_end - brink_snapshot_begin)};
  return kSnapshot;
}

template <class T>
T must(Result<T> result) {
  require(result.has_value(), result ? "" : result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// Lives until the process ends, as V8 starts once; its engine serves the other benchmarks, too.
sandbox::LocalFront& blank_worker() {
  static auto& v8 = *new sandbox::V8Start(worker_snapshot(), worker_bindings());
  static auto& only = *must(sandbox::LocalFront::make(v8, worker_bindings())).release();
  return only;
}

/// From now on the process is under the app's memory limit.
sandbox::LocalFront& loaded_worker() {
  static auto& loaded = [] -> sandbox::LocalFront& {
    must(blank_worker().load(kMiddleware, {.cpu_limit_ms = kCpuLimit_ms,
                                           .start_cpu_limit_ms = kCpuLimit_ms,
                                           .memory_limit_bytes = kMemoryLimit_bytes}));
    return blank_worker();
  }();
  return loaded;
}

void serve(sandbox::LocalFront& front, const Workload& workload) {
  using Body = ipc::Request::Body;
  must(front.serve({.body_kind = workload.body.empty() ? Body::kNone : Body::kWhole,
                    .method = workload.method,
                    .url = workload.url,
                    .client_ip = "192.0.2.1",
                    .headers = workload.headers,
                    .body = workload.body}));
}

/// An isolate from the snapshot, and its end.
void isolate_start(benchmark::State& state) {
  blank_worker();
  for (auto _ : state) {
    const sandbox::WorkerIsolate isolate(worker_snapshot(), worker_bindings());
    benchmark::DoNotOptimize(isolate.get());
  }
}

/// A realm: a context from the snapshot with js-stdlib in it. Collected now and then, as in a
/// worker.
void context_start(benchmark::State& state) {
  sandbox::Worker& worker = blank_worker().worker();
  const sandbox::AppModules modules;
  for (auto _ : state) {
    const v8::HandleScope scope(worker.isolate());
    benchmark::DoNotOptimize(sandbox::Realm::make(worker.isolate(), modules, worker.clock()));
  }
  // What comes next is under an app's memory limit, which a few hundred realms fill.
  worker.isolate()->LowMemoryNotification();
}

/// In the order in which they run: those of a blank worker before it is under an app's limits.
void register_all() {
  add_benchmark("isolate-start", isolate_start);
  add_benchmark("context-start", context_start);
  for (const Workload& workload : workloads()) {
    add_benchmark(workload.name, [workload](benchmark::State& state) {
      sandbox::LocalFront& front = loaded_worker();
      for (int i = 0; i < 3000; ++i) serve(front, workload);  // until V8 has optimized
      for (auto _ : state) serve(front, workload);
    });
  }
}

}  // namespace
}  // namespace brink::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  brink::bench::register_all();
  benchmark::RunSpecifiedBenchmarks();
}
