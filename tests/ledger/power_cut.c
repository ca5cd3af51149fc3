/* A disk that forgets what was not synchronised, below PostgreSQL: loaded into it by LD_PRELOAD.
 *
 * The server reads and writes its data folder as ever. Beside it, in the folder named by POWER_CUT_STORE, this keeps
 * what a disk would hold if the power were cut now:
 *
 *   contents/INODE   a file as its last fsync or fdatasync found it
 *   entries/INODE    a folder as its last fsync found it: a line "f INODE NAME" or "d INODE NAME" for each entry
 *   pins/INODE       the file itself (a hard link), so that no number is given to a second file
 *
 * Both calls return when that is written and put in place by a rename; killing the server at any moment leaves the one
 * or the other state of each file. The machine's own disk is not asked: the store stands for it. tests/ledger/
 * power_cut_postgres.py fills the store before the server starts, and makes a data folder of it after the cut.
 *
 * What is modelled:
 * - Nothing else makes anything durable: not sync_file_range, syncfs, sync, msync, O_SYNC, O_DSYNC, nor time, nor
 *   closing. (Who relied on one of these would seem to lose something, never the other way round.)
 * - What a file holds and under which name it is found are two things. A rename, an unlink or a new name is durable
 *   when the folder is synchronised. One exception, which ext4, XFS and btrfs make and PostgreSQL relies on: the first
 *   fsync of a new file keeps the name that it has, too (PostgreSQL never synchronises a database's folder after it
 *   made a table's file there).
 * - A file whose name is durable and whose content never was is empty.
 * - While one process synchronises a file others may write to it; what they write may be kept or not.
 * What is not: disks that lie about fsync or fail; entries of a folder made durable apart from each other; a removed
 * folder whose number is given to another; symbolic links.
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void place(char *path, const char *part, unsigned long number) {
    snprintf(path, PATH_MAX, "%s/%s/%lu", getenv("POWER_CUT_STORE"), part, number);
}

/* Another handle on an open file: its own position, its own lock, readable whatever the first one is. */
static int open_again(int fd) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* A server's process has one thread, so that its number is a name that nobody else uses. */
static int keep_content(int file, ino_t inode) {
    char draft[PATH_MAX], kept[PATH_MAX];
    place(draft, "drafts", getpid());
    place(kept, "contents", inode);
    int copy = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (copy < 0) return -1;
    off_t at = 0;
    ssize_t sent;
    do sent = sendfile(copy, file, &at, 1 << 24);
    while (sent > 0);
    return close(copy) || sent < 0 ? -1 : rename(draft, kept);
}

/* Hold on to the file that stands under a name now, and return its number, or 0 with errno when there is none. */
static ino_t pin(int folder, const char *name, int flags) {
    char draft[PATH_MAX], pinned[PATH_MAX];
    struct stat found;
    place(draft, "pins/drafts", getpid());
    if (linkat(folder, name, AT_FDCWD, draft, flags) || stat(draft, &found)) return 0;
    place(pinned, "pins", found.st_ino);
    if (rename(draft, pinned)) return 0;
    unlink(draft); /* a rename onto another link of the same file leaves both */
    return found.st_ino;
}

/* What ext4 does for a file that never had a durable name. Returns 1 when it has no name any more, and -1 on failure. */
static int keep_first_name(int file, ino_t inode) {
    char path[PATH_MAX], handle[64], pinned[PATH_MAX], listed[PATH_MAX], line[PATH_MAX];
    place(pinned, "pins", inode);
    if (access(pinned, F_OK) == 0) return 0;
    snprintf(handle, sizeof handle, "/proc/self/fd/%d", file);
    ssize_t length = readlink(handle, path, sizeof path - 1);
    if (length < 0) return -1;
    path[length] = 0;
    char *name = strrchr(path, '/');
    if (access(path, F_OK) || !name) return 1;
    *name++ = 0;
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat parent;
    if (folder < 0 || flock(folder, LOCK_EX) || fstat(folder, &parent)) return -1;
    place(listed, "entries", parent.st_ino);
    int list = open(listed, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int size = snprintf(line, sizeof line, "f %lu %s\n", (unsigned long)inode, name);
    int failed = list < 0 || write(list, line, size) != size || !pin(AT_FDCWD, handle, AT_SYMLINK_FOLLOW);
    close(list);
    close(folder);
    return failed ? -1 : 0;
}

static int keep_entries(int folder, ino_t inode) {
    char draft[PATH_MAX], kept[PATH_MAX];
    place(draft, "drafts", getpid());
    place(kept, "entries", inode);
    FILE *list = fopen(draft, "we");
    DIR *entries = fdopendir(dup(folder));
    if (!list || !entries) return -1;
    for (struct dirent *entry; (entry = readdir(entries));) {
        struct stat found;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (fstatat(folder, entry->d_name, &found, AT_SYMLINK_NOFOLLOW)) continue; /* removed meanwhile */
        ino_t number = S_ISREG(found.st_mode) ? pin(folder, entry->d_name, 0) : found.st_ino;
        if (number && (S_ISREG(found.st_mode) || S_ISDIR(found.st_mode)))
            fprintf(list, "%c %lu %s\n", S_ISDIR(found.st_mode) ? 'd' : 'f', (unsigned long)number, entry->d_name);
    }
    closedir(entries);
    return fclose(list) ? -1 : rename(draft, kept);
}

/* Of two processes that synchronise the same file, the later copy must win: hence the lock, on the file itself. */
static int synchronise(int fd) {
    struct stat found;
    int again = fstat(fd, &found) ? -1 : open_again(fd);
    if (again < 0) return -1;
    int done = flock(again, LOCK_EX);
    if (done == 0 && S_ISDIR(found.st_mode)) done = keep_entries(again, found.st_ino);
    else if (done == 0 && (done = keep_first_name(again, found.st_ino)) == 0) done = keep_content(again, found.st_ino);
    close(again);
    return done < 0 ? -1 : 0; /* a file that was unlinked is found by nobody after the cut */
}

int fsync(int fd) { return synchronise(fd); }

int fdatasync(int fd) { return synchronise(fd); }
