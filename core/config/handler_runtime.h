#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Which files of pages/api are edge handlers, as Next.js tells them from Node.js ones: by what
/// they say in their text, before any of their code runs.
namespace brink {

/// The runtime that a module's exports name: of `export const config = { runtime: 'edge' }`, or of
/// `export const runtime = 'edge'`; also where the name is exported later, as bundlers write it.
/// nullopt when it names none in a literal.
std::optional<std::string> declared_runtime(std::string_view source);

/// True for a folder with a next.config file, or a package.json that depends on next.
bool is_next_project(int folder_fd);

/// Whether a handler runs in brink: one that names the edge runtime does, one that names another
/// does not; one that names none is Node.js code in a Next.js project, and an edge handler
/// elsewhere.
bool runs_at_edge(const std::optional<std::string>& runtime, bool next_project);

}  // namespace brink
