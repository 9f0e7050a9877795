// Runs a command inside the toolchain root, in a mount namespace of its own:
//
//   enter ROOT CWD PATH... -- COMMAND [ARG...]
//
// Every PATH of the host (with /proc, /sys and /dev) is bound at the same path inside ROOT; one
// that the host lacks is left out. The process stays the same one from start to COMMAND, so its
// pid, signals and exit code are COMMAND's own, and the kernel drops the mounts when its last
// process ends. pivot_root and not chroot: a chrooted process may not make the user namespaces that
// the jail of a worker needs.
//
// dev compiles this once with the root's own compiler, statically, because it starts on the host.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
  kPathBytes = 4096,
  kMaxPaths = 64,
  kCannotEnter = 125,
  kNotExecutable = 126,
  kNotFound = 127
};

__attribute__((format(printf, 1, 2), noreturn)) static void Fail(const char* format, ...) {
  int error = errno;
  va_list args;
  va_start(args, format);
  fputs("dev: ", stderr);
  vfprintf(stderr, format, args);
  va_end(args);
  fprintf(stderr, ": %s\n", strerror(error));
  exit(kCannotEnter);
}

static void WriteFile(const char* path, const char* text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, text, strlen(text)) < 0) Fail("cannot write %s", path);
  close(fd);
}

static void MakeDirectories(char* path) {
  for (char* slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    if (mkdir(path, 0755) < 0 && errno != EEXIST) Fail("cannot make the folder %s", path);
    *slash = '/';
  }
}

// Takes the mounts at and below `path` aside, or returns -1 where the host has no such path.
static int Copy(const char* path) {
  int tree = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  if (tree < 0 && errno != ENOENT) Fail("cannot take %s into the toolchain root", path);
  return tree;
}

// Puts what Copy() took aside at the same path below `root`.
static void Place(int tree, const char* root, const char* path) {
  char target[kPathBytes];
  struct stat source;
  if (fstat(tree, &source) < 0) Fail("cannot look at %s", path);
  int directory = S_ISDIR(source.st_mode);
  if (snprintf(target, sizeof target, "%s%s%s", root, path, directory ? "/" : "") >=
      (int)sizeof target) {
    errno = ENAMETOOLONG;
    Fail("cannot show %s in the toolchain root", path);
  }
  if (move_mount(tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) < 0) {
    if (errno != ENOENT) Fail("cannot show %s in the toolchain root", path);
    MakeDirectories(target);
    if (!directory) {
      int fd = open(target, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
      if (fd < 0) Fail("cannot make the mount point %s", target);
      close(fd);
    }
    if (move_mount(tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) < 0) {
      Fail("cannot show %s in the toolchain root", path);
    }
  }
  close(tree);
}

// Without root: a user namespace that maps the caller to root inside.
static void UnshareAsUser(void) {
  char map[64];
  uid_t uid = geteuid();
  gid_t gid = getegid();
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0) {
    Fail("cannot make a user namespace (run as root, or allow unprivileged user namespaces)");
  }
  WriteFile("/proc/self/setgroups", "deny");
  snprintf(map, sizeof map, "0 %u 1", (unsigned)uid);
  WriteFile("/proc/self/uid_map", map);
  snprintf(map, sizeof map, "0 %u 1", (unsigned)gid);
  WriteFile("/proc/self/gid_map", map);
}

int main(int argc, char** argv) {
  int next = 3;
  while (next < argc && strcmp(argv[next], "--") != 0) ++next;
  if (next + 1 >= argc || next > kMaxPaths) {
    fputs("usage: enter ROOT CWD PATH... -- COMMAND [ARG...]\n", stderr);
    return kCannotEnter;
  }
  const char* root = argv[1];
  const char* cwd = argv[2];
  char** command = argv + next + 1;

  if (geteuid() != 0) {
    UnshareAsUser();
  } else if (unshare(CLONE_NEWNS) < 0) {
    Fail(
        "cannot make a mount namespace (a container needs CAP_SYS_ADMIN for it, or use the "
        "project's Dockerfile)");
  }
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) Fail("cannot make mounts private");

  // All are taken aside before the first is placed: the root itself often lies below one of them.
  const char* paths[kMaxPaths] = {"/proc", "/sys", "/dev"};
  int trees[kMaxPaths];
  int count = 3;
  for (int i = 3; i < next && count < kMaxPaths; ++i) paths[count++] = argv[i];
  for (int i = 0; i < count; ++i) trees[i] = Copy(paths[i]);
  if (mount(root, root, NULL, MS_BIND, NULL) < 0) Fail("cannot mount the toolchain root %s", root);
  for (int i = 0; i < count; ++i) {
    if (trees[i] >= 0) Place(trees[i], root, paths[i]);
  }

  // With "." for both, the old root ends up mounted over the new one, and is taken off by name.
  if (chdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 ||
      chdir("/") < 0) {
    Fail("cannot change to the toolchain root %s", root);
  }
  if (chdir(cwd) < 0) Fail("cannot go to %s inside the toolchain root", cwd);

  execvp(command[0], command);
  int code = errno == ENOENT ? kNotFound : kNotExecutable;
  fprintf(stderr, "dev: cannot run %s: %s\n", command[0], strerror(errno));
  return code;
}
