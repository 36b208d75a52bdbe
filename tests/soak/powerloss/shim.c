/* What a process does to the files of one folder, written down or made to fail: an LD_PRELOAD library.
 *
 *   gcc -shared -fPIC -O2 -o shim.so shim.c -ldl
 *   SHIM_FOLDER=/abs/home SHIM_LOG=/abs/log SHIM_MARK=/abs/mark LD_PRELOAD=shim.so program
 *
 * SHIM_FOLDER  only paths below it are looked at (and the folder itself)
 * SHIM_LOG     each change that succeeded becomes one record here, in the order of its success; see `note`
 * SHIM_MARK    whatever is written to this path goes into the log as an acknowledgement; two words are orders:
 *                "arm N ERRNO MODE OPS"  the N-th call from now of the kinds in OPS (w write, s sync, r rename,
 *                                        o open that creates, t truncate, u unlink, m mkdir) fails with ERRNO;
 *                                        MODE 0: that call only; 1: that call and all later ones (a disk that
 *                                        stays full or dead); 2: as 1, but a write first stores its first half
 *                "disarm"                no call fails any more; the write returns 1 when one did
 *
 * Python and SQLite call these functions through the dynamic linker (also SQLite's own table of system calls
 * holds such addresses). What is mapped into memory is not seen: that is SQLite's -shm, which no power cut
 * has to survive. One thread per process is assumed where a file offset is asked for before a write.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int log_fd = -1, arm_left = 0, arm_errno = 0, arm_mode = 0, arm_hit = 0;
static char arm_ops[16] = "";
static const char *folder, *mark;
static size_t folder_length;

static void start(void) {
    static int begun = 0;
    if (begun) return;
    begun = 1;
    folder = getenv("SHIM_FOLDER");
    mark = getenv("SHIM_MARK");
    folder_length = folder ? strlen(folder) : 0;
    const char *log = getenv("SHIM_LOG");
    if (log) log_fd = REAL(open)(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int watched(const char *path) {
    start();
    return folder && !strncmp(path, folder, folder_length) && (!path[folder_length] || path[folder_length] == '/');
}

/* The absolute path of `path`, relative to a folder's descriptor or to the working folder. */
static void absolute(int at, const char *path, char *out) {
    char base[PATH_MAX] = "";
    if (path[0] == '/') { snprintf(out, PATH_MAX, "%s", path); return; }
    if (at == AT_FDCWD) { if (!getcwd(base, sizeof base)) base[0] = 0; }
    else {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        ssize_t got = readlink(link, base, sizeof base - 1);
        base[got > 0 ? got : 0] = 0;
    }
    snprintf(out, PATH_MAX, "%.2000s/%.2000s", base, path);
}

static int path_of(int fd, char *out) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t got = readlink(link, out, PATH_MAX - 1);
    out[got > 0 ? got : 0] = 0;
    return got > 0;
}

/* One record: "DSLG", op, three bytes of nothing, inode, offset, three lengths, then path, second path, data.
 * op: C created (a file), M made (a folder), W wrote, T set the size to `offset`, S synced, R renamed, U removed,
 * A acknowledged, L took the lock of a file, N gave it back, F was made to fail (`second` says what: the letter of OPS). */
struct head { char magic[4]; char op; char zero[3]; uint64_t inode; int64_t offset; uint32_t lengths[3]; uint32_t pad; };

static void note(char op, uint64_t inode, int64_t offset, const char *path, const char *second, const void *data, size_t size) {
    if (log_fd < 0) return;
    struct head head = {{'D', 'S', 'L', 'G'}, op, {0}, inode, offset, {strlen(path), strlen(second), size}, 0};
    struct iovec parts[4] = {{&head, sizeof head}, {(void *)path, strlen(path)}, {(void *)second, strlen(second)}, {(void *)data, size}};
    int kept = errno;
    if (REAL(writev)(log_fd, parts, 4) != (ssize_t)(sizeof head + strlen(path) + strlen(second) + size)) abort();
    errno = kept;
}

static uint64_t inode_of(int fd) {
    struct stat about;
    return fstat(fd, &about) ? 0 : about.st_ino;
}

/* Whether this call is one that has to fail; 2: a write that stores its first half before the rest fails. */
static int fails(char kind, uint64_t inode, const char *path) {
    char what[2] = {kind, 0};
    if ((arm_left <= 0 && !arm_hit) || !strchr(arm_ops, kind)) return 0;
    if (arm_hit && !arm_mode) return 0;
    if (!arm_hit && --arm_left) return 0;
    int half = !arm_hit && arm_mode == 2 && kind == 'w';
    arm_hit = 1;
    note('F', inode, 0, path, what, "", 0);
    errno = arm_errno;
    return half ? 2 : 1;
}

/* What a write to the mark returns: 1 for a "disarm" after a call was made to fail. */
static ssize_t obey(const char *data, size_t size) {
    char text[80];
    snprintf(text, sizeof text, "%.*s", (int)(size < 79 ? size : 79), data);
    if (!strncmp(text, "arm ", 4)) {
        arm_hit = 0;
        sscanf(text, "arm %d %d %d %15s", &arm_left, &arm_errno, &arm_mode, arm_ops);
    }
    if (strncmp(text, "disarm", 6)) return size;
    int hit = arm_hit;
    arm_left = arm_hit = 0;
    return hit ? 1 : (ssize_t)size;
}

static int opened(int at, const char *path, int flags, mode_t mode, int (*real)(int, const char *, int, ...)) {
    char full[PATH_MAX];
    start();
    absolute(at, path, full);
    if (!watched(full)) return real(at, path, flags, mode);
    struct stat before;
    int existed = !stat(full, &before);
    if ((flags & O_CREAT) && !existed && fails('o', 0, full)) return -1;
    int fd = real(at, path, flags, mode);
    if (fd >= 0 && (flags & O_CREAT) && !existed) note('C', inode_of(fd), 0, full, "", "", 0);
    if (fd >= 0 && (flags & O_TRUNC) && existed) note('T', inode_of(fd), 0, full, "", "", 0);
    return fd;
}

#define MODE(flags) mode_t mode = 0; if ((flags) & O_CREAT) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }
int open(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode, REAL(openat)); }
int open64(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode, REAL(openat64)); }
int openat(int at, const char *path, int flags, ...) { MODE(flags) return opened(at, path, flags, mode, REAL(openat)); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags) return opened(at, path, flags, mode, REAL(openat64)); }
int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode, REAL(openat)); }
int creat64(const char *path, mode_t mode) { return creat(path, mode); }

/* `at` below 0: at the file's own offset, or at its end when it was opened for appending. */
static ssize_t wrote(int fd, const void *data, size_t size, off64_t at) {
    char path[PATH_MAX];
    if (fd == log_fd || !path_of(fd, path)) return at < 0 ? REAL(write)(fd, data, size) : REAL(pwrite64)(fd, data, size, at);
    start();
    if (mark && !strcmp(path, mark)) { note('A', 0, 0, "", "", data, size); return obey(data, size); }
    if (!watched(path)) return at < 0 ? REAL(write)(fd, data, size) : REAL(pwrite64)(fd, data, size, at);
    int failing = fails('w', inode_of(fd), path);
    if (failing == 1) return -1;
    if (failing == 2) size = size / 2;
    if (failing == 2 && !size) { errno = arm_errno; return -1; }
    struct stat about;
    off64_t where = at;
    if (at < 0) {
        int append = REAL(fcntl)(fd, F_GETFL) & O_APPEND;
        where = append && !fstat(fd, &about) ? about.st_size : lseek64(fd, 0, SEEK_CUR);
    }
    ssize_t done = at < 0 ? REAL(write)(fd, data, size) : REAL(pwrite64)(fd, data, size, at);
    if (done > 0) note('W', inode_of(fd), where, path, "", data, done);
    return done;
}

ssize_t write(int fd, const void *data, size_t size) { return wrote(fd, data, size, -1); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return wrote(fd, data, size, at); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) { return wrote(fd, data, size, at); }
ssize_t writev(int fd, const struct iovec *parts, int count) {
    ssize_t total = 0;
    for (int i = 0; i < count; i++) {
        ssize_t done = wrote(fd, parts[i].iov_base, parts[i].iov_len, -1);
        if (done < 0) return total ? total : -1;
        total += done;
        if ((size_t)done < parts[i].iov_len) break;
    }
    return total;
}

int ftruncate64(int fd, off64_t size) {
    char path[PATH_MAX];
    if (!path_of(fd, path) || !watched(path)) return REAL(ftruncate64)(fd, size);
    if (fails('t', inode_of(fd), path)) return -1;
    int done = REAL(ftruncate64)(fd, size);
    if (!done) note('T', inode_of(fd), size, path, "", "", 0);
    return done;
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static int synced(int fd, int (*real)(int)) {
    char path[PATH_MAX];
    if (!path_of(fd, path) || !watched(path)) return real(fd);
    if (fails('s', inode_of(fd), path)) return -1;
    int done = real(fd);
    if (!done) note('S', inode_of(fd), 0, path, "", "", 0);
    return done;
}
int fsync(int fd) { return synced(fd, REAL(fsync)); }
int fdatasync(int fd) { return synced(fd, REAL(fdatasync)); }

int flock(int fd, int kind) {
    char path[PATH_MAX];
    int done = REAL(flock)(fd, kind);
    if (!done && path_of(fd, path) && watched(path)) note(kind & LOCK_UN ? 'N' : 'L', inode_of(fd), 0, path, "", "", 0);
    return done;
}

int renameat(int from_at, const char *from, int to_at, const char *to) {
    char one[PATH_MAX], two[PATH_MAX];
    absolute(from_at, from, one);
    absolute(to_at, to, two);
    if (!watched(one) && !watched(two)) return REAL(renameat)(from_at, from, to_at, to);
    if (fails('r', 0, one)) return -1;
    int done = REAL(renameat)(from_at, from, to_at, to);
    if (!done) note('R', 0, 0, one, two, "", 0);
    return done;
}
int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

int unlinkat(int at, const char *path, int flags) {
    char full[PATH_MAX];
    absolute(at, path, full);
    if (!watched(full)) return REAL(unlinkat)(at, path, flags);
    if (fails('u', 0, full)) return -1;
    int done = REAL(unlinkat)(at, path, flags);
    if (!done) note('U', 0, 0, full, "", "", 0);
    return done;
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdirat(int at, const char *path, mode_t mode) {
    char full[PATH_MAX];
    absolute(at, path, full);
    if (!watched(full)) return REAL(mkdirat)(at, path, mode);
    if (fails('m', 0, full)) return -1;
    int done = REAL(mkdirat)(at, path, mode);
    if (!done) note('M', 0, 0, full, "", "", 0);
    return done;
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }
