#include "sandbox/v8_start.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>

namespace brink::sandbox {

// All that belongs to no file: V8 does not tell which mappings are its own, and for others this
// changes nothing.
void V8Start::allow_fork() {
  std::FILE* maps = std::fopen("/proc/self/maps", "re");
  if (maps == nullptr) {
    std::perror("brink-worker: /proc/self/maps");
    ::_exit(1);
  }
  char line[512];
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    std::size_t start = 0, end = 0;
    unsigned long inode = 0;
    char name = 0;
    const int found = std::sscanf(line, "%zx-%zx %*s %*x %*s %lu %c", &start, &end, &inode, &name);
    if (found != 3 || inode != 0) continue;  // a name: a file, the stack, the kernel's own pages
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    ::madvise(reinterpret_cast<void*>(start), end - start, MADV_DOFORK);
  }
  std::fclose(maps);
}

}  // namespace brink::sandbox
