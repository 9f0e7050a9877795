#include "cli/error_advice.h"

namespace brink::cli {

// clang-format off
std::string_view error_advice(ErrorCode code) {
  using enum ErrorCode;
  switch (code) {
    case kInternal: return "This is a fault of brink. Please report it, with brink's log.";
    case kBadRequest: return "The client sent something that is not a request, or a path or host that is none or that two readers may take for different ones. brink reads HTTP/1.1 strictly, because a lenient reading can smuggle requests past a middleware. The connection is closed.";
    case kHeadTooLarge: return "Often a cookie has grown too large. Raise `limits.request_head_bytes` where that is wanted. A head has at most 200 fields whatever their size; no key raises that.";
    case kRequestTimeout: return "The headers did not arrive within `timeouts.client_head_ms`, or the body fell silent for `timeouts.client_body_ms` or was slower than `timeouts.client_body_min_rate`.";
    case kBodyTooLarge: return "A script read a body of more than `limits.request_body_bytes`. The answer is 413 also where the script catches the error. A body that the script passes on without reading it has no limit.";
    case kExpectationFailed: return "The only expectation that HTTP defines is `100-continue`.";
    case kHttpVersion: return "brink speaks HTTP/1.1 and HTTP/1.0.";
    case kNotImplemented: return "The only transfer coding that brink accepts is `chunked`, and CONNECT is not supported.";
    case kNotFound: return "No handler has this route. Add one below `pages/api`, or set `origin`. `brink check` shows all routes.";
    case kNoApp: return "None of the `apps` in brink.json has this host and path among its `hosts` and `paths`. An app without `hosts` answers for every host, one without `paths` for every path; [apps.md](apps.md) has the rules.";
    case kLoop: return "The origin, or the target of a rewrite, is brink itself, or leads back to it: the request's `Via` header names brink ten times. Check `origin`, and the hosts of rewrites.";
    case kClientGone: return "Only in the access log: nobody was there to receive the answer.";
    case kConnectionLimit: return "Only in brink's log, at most once a second: `max_connections` or `max_connections_per_address` was reached, and connections were closed, those without a request first.";
    case kDescriptorLimit: return "The process has as many files and sockets open as it may. Raise its limit: `ulimit -n`, `LimitNOFILE=` in a systemd unit. A quarter of them, at least 64, is kept for origins and workers, and connections without a request are closed first; brink's log says so at most once a second.";
    case kOverloaded: return "Clients or origins take what waits for them so slowly that `max_buffered_mb` is used up. `Retry-After` asks to come back; brink's log says so at most once a second.";
    case kOriginUnreachable: return "Check that the origin runs, and that `origin` names its address.";
    case kOriginConnectTimeout: return "The address did not answer within `timeouts.origin_connect_ms`. A firewall that drops packets does this.";
    case kOriginTimeout: return "The response did not begin within `timeouts.origin_response_ms`, or fell silent for `timeouts.origin_body_ms`.";
    case kOriginClosed: return "The origin ended the connection early; its own log should say why.";
    case kOriginBadResponse: return "The origin's status line, headers or framing break HTTP/1.1, or its head is larger than brink takes: 64 KiB and 200 fields. brink's log says which.";
    case kScriptError: return "The script threw, or its promise was rejected. The stack is in brink's log, with the request's id, which the page shows; see [error-pages.md](error-pages.md).";
    case kBadResponse: return "A handler must return a Response; a middleware a Response, a NextResponse or nothing.";
    case kScriptStartFailed: return "brink's log has the cause, with file, line and column; `brink check` shows it without serving. Loading may take 10 seconds, whatever it waits for. With several apps the others go on, and this one is tried again after a pause that grows from 1 to 60 seconds.";
    case kCpuLimit: return "One request used more CPU time than `limits.cpu_ms`. Waiting does not count. The worker may be ended and replaced.";
    case kWallLimit: return "The head of the response was not there after `limits.wall_ms`. Look for a promise that never settles, or a slow subrequest. A body that a script streams is broken off when nothing of it comes for `timeouts.script_body_ms`.";
    case kMemoryLimit: return "The worker needed more than `limits.memory_mb`. It is ended and replaced; other requests that it ran fail or run again.";
    case kResponseHeadTooLarge: return "The script's Response, or what its middleware adds to one, has headers of more than `limits.response_head_bytes`. Often cookies. A Response has at most 256 fields whatever their size.";
    case kTimerLimit: return "One request had `limits.timers` timers open: setTimeout() throws a QuotaExceededError. This is the page's code when the script does not catch it.";
    case kLogLimit: return "Only in brink's log: a request wrote more than `limits.log_bytes` to its console, or the app more than `limits.log_bytes_per_second`. The requests themselves go on.";
    case kWorkerDied: return "The worker that ran the request ended for another reason. A GET or HEAD that had not reached the outside yet is run again instead.";
    case kWorkerUnavailable: return "All workers are starting or being replaced, or each has as many requests as it can (4096); one waits up to 10 seconds for a worker. Try again; if it stays, see brink's log. In the access log of a stream: it was silent, and gave way to requests that waited.";
    case kAppCrashing: return "Several workers ended while they loaded the app or right after, so brink pauses before it starts the next; `Retry-After` says how long. brink's log has how each ended. Requests that no script runs for are served all the while.";
    case kWorkerProtocol: return "The worker was ended, because what it sent cannot come from an intact worker. Please report it.";
    case kEngineFault: return "A check inside V8 failed and the worker ended: a fault of V8, or an attempt to make use of one. What it wrote is in brink's log. Please report it, with the script if you can.";
    case kFetchBadUrl: return "There is no page to be relative to: pass an absolute `http:` URL, or `new URL(path, request.url)`.";
    case kFetchTls: return "Use `http:` within the network for now, or let the origin make the call.";
    case kFetchRedirect: return "The redirect had no usable Location, there were too many of them, or `redirect: \"error\"` was asked for.";
    case kFetchBody: return "The body was read or passed on before, or it came with a request that is over. Read a body while its request is handled, and `clone()` what is needed twice.";
    case kFetchForbidden: return "A fetch() or a rewrite went to an address that is not public, or to a port or host that may not be reached. Where that is wanted, name the target in `egress.allow`; [egress.md](egress.md) has the rules.";
    case kStreamLimit: return "One request had `limits.streams` calls of fetch() under way, or answered but with a body that was neither read nor cancelled. The page has this code when the script does not catch the error.";
    case kSubrequestLimit: return "One request made more than `limits.subrequests` calls of fetch(), redirects included. The page has this code when the script does not catch the error.";
    case kConfigSyntax: return "The message has line and column. Comments and trailing commas are not JSON.";
    case kConfigInvalid: return "The message names the key, and what would be right. [configuration.md](configuration.md) lists all keys.";
    case kAppInvalid: return "The message names the file. Common causes: two middlewares, two handlers for one route, TypeScript that is not compiled.";
    case kModuleNotFound: return "The message lists the files that were tried. Only relative imports and built-in modules exist in an app; bundle packages first, see [middleware.md](middleware.md#packages-from-npm).";
    case kModuleSyntax: return "The message has file, line and column.";
    case kModuleError: return "The code at the top level of a module threw. Only ES modules run: `module.exports` and `require()` do not exist. The message has file, line and column where they are known.";
    case kModuleExports: return "A middleware exports `middleware`, `proxy` or a default function; a handler exports a default function.";
    case kMatcherInvalid: return "A matcher is a string that starts with `/`, or an array of those. The message names the one at fault.";
    case kStartLimit: return "Loading all modules used more CPU time than `limits.start_cpu_ms`. Move work from the top level into the handler.";
    case kUsage: return "`brink --help` shows the commands and options.";
    case kListen: return "Another process may have the port, or the address is not this machine's. Ports below 1024 need a privilege.";
    case kJail: return "`require_jail` asks for every layer around the workers, and this system does not have them all. `brink check --jail` shows which, and what each needs; [security.md](security.md) says what goes without them.";
    case kAccessLogLost: return "Only in brink's log, at most once a minute: the disk is full, the file may grow no more, or nobody reads fast enough. The requests themselves go on.";
    case kSystem: return "The message has what was asked for, and the system's answer.";
  }
  return {};
}
// clang-format on

}  // namespace brink::cli
