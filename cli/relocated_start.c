// Where a program of `./dev dist` starts, so that it runs from any folder and on a system whose C
// library is older than what it was built with: it maps the dynamic loader that lies in ../lib
// beside it and goes on there, as the kernel does with the loader that an ordinary program names by
// an absolute path. /proc/self/exe, the arguments and the process's name stay the program's own,
// which a launcher that executes the loader could not give.
//
// An ordinary build holds this and does not use it: tools/dist/relocatable.mjs makes
// brink_relocated_start the entry point, and brink_library_folder the place of the libraries.
//
// Nothing is linked when this runs. No function of any library may be called, also not by the
// compiler, and no data of its own may hold an address.
#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef __clang__  // which clang-tidy is; gcc makes calls of memset() and memcpy() out of loops
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif

enum { kPageBytes = 4096, kPathBytes = 4096, kMaxSegments = 16, kNotFound = 127 };

/// Only its address is used; it is the loader that reads it.
__attribute__((visibility("hidden"), used)) const char brink_library_folder[] = "$ORIGIN/../lib";

static const char kLoader[] = "lib/ld-linux-x86-64.so.2";

/// The C library's, where an ordinary program starts.
__attribute__((visibility("hidden"))) extern const char _start[];

// The entry point. The stack is as the kernel made it, and has to be so again for the loader.
__asm__(
    ".text\n"
    ".globl brink_relocated_start\n"
    ".hidden brink_relocated_start\n"
    ".type brink_relocated_start, @function\n"
    "brink_relocated_start:\n"
    "  xor %ebp, %ebp\n"
    "  mov %rsp, %rdi\n"
    "  mov %rsp, %rbx\n"
    "  and $-16, %rsp\n"
    "  call brink_map_loader\n"
    "  mov %rbx, %rsp\n"
    "  xor %edx, %edx\n"
    "  jmp *%rax\n"
    ".size brink_relocated_start, .-brink_relocated_start\n");

static long Call(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result = number;
  __asm__ volatile("syscall"
                   : "+a"(result)
                   : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

__attribute__((noreturn)) static void Fail(const char* path, size_t path_bytes) {
  static const char kBefore[] = "brink: cannot load ";
  static const char kAfter[] = ": the folder that ./dev dist made has to stay together\n";
  Call(SYS_write, STDERR_FILENO, (long)kBefore, sizeof kBefore - 1, 0, 0, 0);
  Call(SYS_write, STDERR_FILENO, (long)path, (long)path_bytes, 0, 0, 0);
  Call(SYS_write, STDERR_FILENO, (long)kAfter, sizeof kAfter - 1, 0, 0, 0);
  for (;;) Call(SYS_exit_group, kNotFound, 0, 0, 0, 0, 0);
}

/// Writes the loader's path: /opt/brink/bin/brink makes /opt/brink/lib/ld-linux-x86-64.so.2.
/// Returns its size without the closing 0.
static size_t LoaderPath(char* path) {
  long size = Call(SYS_readlink, (long)"/proc/self/exe", (long)path, kPathBytes, 0, 0, 0);
  if (size < 0) Fail("/proc/self/exe", sizeof "/proc/self/exe" - 1);
  size_t end = (size_t)size;
  for (int slashes = 0; end > 0 && slashes < 2; --end) slashes += path[end - 1] == '/';
  ++end;  // after the slash before bin
  if (end + sizeof kLoader > kPathBytes) Fail(path, (size_t)size);
  for (size_t i = 0; i < sizeof kLoader; ++i) path[end + i] = kLoader[i];
  return end + sizeof kLoader - 1;
}

static uintptr_t PageStart(uintptr_t address) { return address & -(uintptr_t)kPageBytes; }
static uintptr_t PageEnd(uintptr_t address) { return PageStart(address + kPageBytes - 1); }

static int Failed(long result) { return result < 0 && result > -kPageBytes; }

static int MapSegment(long fd, uintptr_t base, const Elf64_Phdr* segment) {
  int protection = (segment->p_flags & PF_R ? PROT_READ : 0) |
                   (segment->p_flags & PF_W ? PROT_WRITE : 0) |
                   (segment->p_flags & PF_X ? PROT_EXEC : 0);
  uintptr_t start = PageStart(base + segment->p_vaddr);
  uintptr_t file_end = base + segment->p_vaddr + segment->p_filesz;
  uintptr_t end = base + segment->p_vaddr + segment->p_memsz;
  if (Failed(Call(SYS_mmap, (long)start, (long)(file_end - start), protection,
                  MAP_PRIVATE | MAP_FIXED, fd, (long)PageStart(segment->p_offset)))) {
    return 0;
  }
  if (end == file_end) return 1;
  uintptr_t zeros_end = PageEnd(file_end) < end ? PageEnd(file_end) : end;
  for (volatile char* at = (char*)file_end; at < (char*)zeros_end; ++at) *at = 0;
  return zeros_end == end ||
         !Failed(Call(SYS_mmap, (long)zeros_end, (long)(end - zeros_end), protection,
                      MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0));
}

/// The program's segments as the loader gets to see them. The kernel must not find PT_INTERP, which
/// is why the file has PT_NULL in its place; the loader insists on it.
static Elf64_Phdr program_segments[kMaxSegments];

static void ShowInterpreter(Elf64_auxv_t* table, size_t count) {
  const Elf64_Phdr* own = (const Elf64_Phdr*)table->a_un.a_val;
  if (count > kMaxSegments) return;
  for (size_t i = 0; i < count; ++i) {
    program_segments[i] = own[i];
    if (own[i].p_type == PT_NULL) program_segments[i].p_type = PT_INTERP;
    // From this the loader concludes where the program is.
    if (own[i].p_type == PT_PHDR) {
      program_segments[i].p_vaddr += (uintptr_t)program_segments - (uintptr_t)own;
    }
  }
  table->a_un.a_val = (uintptr_t)program_segments;
}

/// Maps the loader and says so in the auxiliary vector. Returns where the loader starts.
__attribute__((visibility("hidden"), used)) uintptr_t brink_map_loader(uintptr_t* stack) {
  char path[kPathBytes];
  size_t path_bytes = LoaderPath(path);
  long fd = Call(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
  Elf64_Ehdr head;
  Elf64_Phdr segments[kMaxSegments];
  if (Failed(fd) || Call(SYS_pread64, fd, (long)&head, sizeof head, 0, 0, 0) != (long)sizeof head ||
      head.e_phnum > kMaxSegments) {  // NOLINT(clang-analyzer-core.*)
    Fail(path, path_bytes);
  }
  long table_bytes = head.e_phnum * (long)sizeof(Elf64_Phdr);
  if (Call(SYS_pread64, fd, (long)segments, table_bytes, (long)head.e_phoff, 0, 0) != table_bytes) {
    Fail(path, path_bytes);
  }

  uintptr_t bytes = 0;
  for (int i = 0; i < head.e_phnum; ++i) {
    uintptr_t end = segments[i].p_vaddr + segments[i].p_memsz;
    if (segments[i].p_type == PT_LOAD && end > bytes) bytes = end;
  }
  long base =
      Call(SYS_mmap, 0, (long)PageEnd(bytes), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (Failed(base)) Fail(path, path_bytes);
  for (int i = 0; i < head.e_phnum; ++i) {
    if (segments[i].p_type == PT_LOAD && !MapSegment(fd, (uintptr_t)base, &segments[i])) {
      Fail(path, path_bytes);
    }
  }
  Call(SYS_close, fd, 0, 0, 0, 0, 0);

  uintptr_t* at = stack + 1 + stack[0] + 1;  // after the arguments
  while (*at != 0) ++at;                     // the environment
  Elf64_auxv_t* table = NULL;
  size_t count = 0;
  for (Elf64_auxv_t* entry = (Elf64_auxv_t*)(at + 1); entry->a_type != AT_NULL; ++entry) {
    if (entry->a_type == AT_PHDR) table = entry;
    if (entry->a_type == AT_PHNUM) count = entry->a_un.a_val;
    if (entry->a_type == AT_BASE) entry->a_un.a_val = (uintptr_t)base;
    if (entry->a_type == AT_ENTRY) entry->a_un.a_val = (uintptr_t)_start;
  }
  if (table != NULL) ShowInterpreter(table, count);
  return (uintptr_t)base + head.e_entry;
}
