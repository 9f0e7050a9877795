#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace brink {

/// Every error that a user of brink can see, declared once: BRINK_ERROR(enumerator, name, HTTP
/// status, title). docs/limits.md and the error pages are made from this table. `name` is stable.
// clang-format off
#define BRINK_ERROR_TABLE(X)                                                                          \
  X(kInternal,             "BRINK_INTERNAL",               500, "brink met a state it should not be in")             \
  /* What a client did. */                                                                            \
  X(kBadRequest,           "BRINK_BAD_REQUEST",            400, "the request is not valid HTTP/1.1")                 \
  X(kHeadTooLarge,         "BRINK_REQUEST_HEAD_TOO_LARGE", 431, "the request line and headers exceed the limit")     \
  X(kRequestTimeout,       "BRINK_REQUEST_TIMEOUT",        408, "the client took too long to send its request")      \
  X(kBodyTooLarge,         "BRINK_BODY_TOO_LARGE",         413, "the body exceeds what a script may read")           \
  X(kExpectationFailed,    "BRINK_EXPECTATION_FAILED",     417, "the Expect header asks for something unknown")      \
  X(kHttpVersion,          "BRINK_HTTP_VERSION",           505, "the HTTP version is not supported")                 \
  X(kNotImplemented,       "BRINK_NOT_IMPLEMENTED",        501, "the method or transfer coding is not supported")    \
  X(kNotFound,             "BRINK_NOT_FOUND",              404, "no handler serves this path and no origin is configured") \
  X(kNoApp,                "BRINK_NO_APP",                 404, "no app is configured for this host and path")        \
  X(kLoop,                 "BRINK_LOOP",                   508, "the request came through brink too many times")     \
  X(kClientGone,           "BRINK_CLIENT_GONE",            499, "the client closed the connection before the answer") \
  X(kConnectionLimit,      "BRINK_CONNECTION_LIMIT",       503, "brink has as many connections as it may have")      \
  X(kDescriptorLimit,      "BRINK_DESCRIPTOR_LIMIT",       503, "no file descriptor is left for a connection")       \
  X(kOverloaded,           "BRINK_OVERLOADED",             503, "brink holds as many bytes for others as it may")    \
  /* What an origin did. */                                                                           \
  X(kOriginUnreachable,    "BRINK_ORIGIN_UNREACHABLE",     502, "the origin refused or could not be reached")        \
  X(kOriginConnectTimeout, "BRINK_ORIGIN_CONNECT_TIMEOUT", 504, "the origin did not accept a connection in time")    \
  X(kOriginTimeout,        "BRINK_ORIGIN_TIMEOUT",         504, "the origin did not answer in time")                 \
  X(kOriginClosed,         "BRINK_ORIGIN_CLOSED",          502, "the origin closed the connection before its answer was complete") \
  X(kOriginBadResponse,    "BRINK_ORIGIN_BAD_RESPONSE",    502, "the origin's response is not valid HTTP/1.1")       \
  /* What a script did. */                                                                            \
  X(kScriptError,          "BRINK_SCRIPT_ERROR",           500, "the script threw an error")                         \
  X(kBadResponse,          "BRINK_BAD_RESPONSE",           500, "the script did not return a usable Response")       \
  X(kScriptStartFailed,    "BRINK_SCRIPT_START_FAILED",    500, "the app's code could not be loaded")                \
  X(kCpuLimit,             "BRINK_CPU_LIMIT",              503, "the script passed its CPU time limit")              \
  X(kWallLimit,            "BRINK_WALL_LIMIT",             504, "the script did not answer within its wall time limit") \
  X(kMemoryLimit,          "BRINK_MEMORY_LIMIT",           503, "the script passed its memory limit")                \
  X(kResponseHeadTooLarge, "BRINK_RESPONSE_HEAD_TOO_LARGE", 500, "the script's response has more headers than the limit allows") \
  X(kTimerLimit,           "BRINK_TIMER_LIMIT",            500, "the request has too many timers open")               \
  X(kLogLimit,             "BRINK_LOG_LIMIT",              500, "console output was dropped")                         \
  X(kWorkerDied,           "BRINK_WORKER_DIED",            502, "the worker that ran this request ended")            \
  X(kWorkerUnavailable,    "BRINK_WORKER_UNAVAILABLE",     503, "no worker is ready to run this request")            \
  X(kAppCrashing,          "BRINK_APP_CRASHING",           503, "the app's workers keep ending while they start")    \
  X(kWorkerProtocol,       "BRINK_WORKER_PROTOCOL",        502, "the worker sent a message that is not valid")       \
  X(kEngineFault,          "BRINK_ENGINE_FAULT",           502, "the JavaScript engine found itself in a state it should not be in") \
  /* Subrequests: the code is in the cause of the TypeError that fetch() rejects with. */             \
  X(kFetchBadUrl,          "BRINK_FETCH_BAD_URL",          502, "fetch() needs an absolute http URL")                \
  X(kFetchTls,             "BRINK_FETCH_TLS_UNSUPPORTED",  502, "fetch() of an https URL is not supported yet")      \
  X(kFetchRedirect,        "BRINK_FETCH_REDIRECT",         502, "fetch() met a redirect that it may not follow")     \
  X(kFetchBody,          "BRINK_FETCH_BODY",             502, "the body given to fetch() can't be sent")                \
  X(kFetchForbidden,       "BRINK_FETCH_FORBIDDEN",        403, "the egress policy forbids this target")               \
  X(kStreamLimit,          "BRINK_STREAM_LIMIT",           500, "the request has too many fetches open")              \
  X(kSubrequestLimit,      "BRINK_SUBREQUEST_LIMIT",       500, "the request passed its limit of subrequests")       \
  /* Loading an app. */                                                                               \
  X(kConfigSyntax,         "BRINK_CONFIG_SYNTAX",          500, "brink.json is not valid JSON")                      \
  X(kConfigInvalid,        "BRINK_CONFIG_INVALID",         500, "brink.json has an unknown key or a value of the wrong type") \
  X(kAppInvalid,           "BRINK_APP_INVALID",            500, "the app's folder cannot be served")                 \
  X(kModuleNotFound,       "BRINK_MODULE_NOT_FOUND",       500, "an imported module does not exist in the app")      \
  X(kModuleSyntax,         "BRINK_MODULE_SYNTAX",          500, "a module is not valid JavaScript")                  \
  X(kModuleError,          "BRINK_MODULE_ERROR",           500, "a module threw an error while it was loaded")       \
  X(kModuleExports,        "BRINK_MODULE_EXPORTS",         500, "a module does not export what its file name promises") \
  X(kMatcherInvalid,       "BRINK_MATCHER_INVALID",        500, "config.matcher is not a matcher that brink can use") \
  X(kStartLimit,           "BRINK_START_LIMIT",            500, "the app's modules took too long to load")           \
  /* Starting brink. */                                                                               \
  X(kUsage,                "BRINK_USAGE",                  500, "the command line is not valid")                     \
  X(kListen,               "BRINK_LISTEN",                 500, "the address cannot be listened on")                 \
  X(kJail,                 "BRINK_JAIL",                   500, "the kernel refused a part of the workers' jail")    \
  X(kAccessLogLost,        "BRINK_ACCESS_LOG_LOST",        500, "lines of the access log could not be written")      \
  X(kSystem,               "BRINK_SYSTEM",                 500, "the operating system refused something brink needs")
// clang-format on

enum class ErrorCode : std::uint16_t {
#define BRINK_ENUMERATOR(id, name, status, title) id,
  BRINK_ERROR_TABLE(BRINK_ENUMERATOR)
#undef BRINK_ENUMERATOR
};

struct ErrorInfo {
  ErrorCode code;
  std::string_view name;   ///< "BRINK_CPU_LIMIT"
  int status;              ///< HTTP status of the error page
  std::string_view title;  ///< one line, lower case, no full stop
};

/// The whole table, in declaration order.
std::span<const ErrorInfo> all_errors();

const ErrorInfo& error_info(ErrorCode code);

/// The code with this stable name; nullopt for a name that is not in the table (hostile input).
std::optional<ErrorCode> error_by_name(std::string_view name);

/// The code with this number; nullopt when out of range (hostile input).
std::optional<ErrorCode> error_by_number(std::uint16_t number);

/// The page of docs that explains the code: "docs/limits.md#brink_cpu_limit", in a static string.
std::string_view error_docs_page();

}  // namespace brink
