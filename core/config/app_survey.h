#pragma once

#include <vector>

#include "core/config/app_files.h"

namespace brink {

/// Looks for what users of Next.js and Workers expect to run and brink does not: misspelt
/// middlewares ("middlewares.js"), middlewares where none is looked for ("pages/middleware.js"),
/// handlers of the App Router ("app/**/route.js"). `has_scripts`: something of the app runs;
/// where nothing does, also a Worker's "export default { fetch }". Reads no more than a few
/// thousand names.
std::vector<IgnoredFile> survey_app(int root_fd, bool has_scripts);

}  // namespace brink
