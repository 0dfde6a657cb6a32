package io.flannelj.libc;

import static io.flannelj.libc.Libc.c;
import static io.flannelj.libc.Libc.cString;
import static io.flannelj.libc.Libc.check;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** open(2) and its relatives, for what {@code java.nio.file} cannot say: flock, openat2, O_PATH. */
public final class Files {
  /** Read only. */
  public static final int O_RDONLY = 0;

  /** Write only. */
  public static final int O_WRONLY = 1;

  /** Read and write. */
  public static final int O_RDWR = 2;

  /** Create if missing. */
  public static final int O_CREAT = 0x40;

  /** With O_CREAT: fail with EEXIST if there is one. */
  public static final int O_EXCL = 0x80;

  /** Cut to zero length. Makes ext4 flush the file at close. */
  public static final int O_TRUNC = 0x200;

  /** Must be a directory. */
  public static final int O_DIRECTORY = 0x10000;

  /** The last component must not be a symbolic link. */
  public static final int O_NOFOLLOW = 0x20000;

  /** A place in the tree only: no permission to read is needed. */
  public static final int O_PATH = 0x200000;

  /** openat2(2): treat the directory as the root, for absolute paths and {@code ..} too. */
  public static final long RESOLVE_IN_ROOT = 0x10;

  /** flock(2): shared. */
  public static final int LOCK_SH = 1;

  /** flock(2): exclusive. */
  public static final int LOCK_EX = 2;

  /** flock(2): do not wait. */
  public static final int LOCK_NB = 4;

  /** flock(2): release. */
  public static final int LOCK_UN = 8;

  /** Removes a directory instead of a file with unlinkat(2). */
  public static final int AT_REMOVEDIR = 0x200;

  private static final int PATH_MAX = 4096;

  /** Paths relative to the current directory. */
  public static final int AT_FDCWD = -100;

  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int STATX_BASIC = 0x7ff;
  private static final int STATX_SIZE = 256;
  // The same number on every architecture: openat2 is younger than their unification.
  private static final long SYS_OPENAT2 = 437;
  private static final int OPEN_HOW_SIZE = 24;
  private static final long NANOS = 1_000_000_000L;
  // struct timespec of a 64-bit kernel; UTIME_OMIT as nanoseconds leaves that time alone.
  private static final int TIMESPEC_SIZE = 16;
  private static final long UTIME_OMIT = (1L << 30) - 2;

  private Files() {}

  /** open(2), always close-on-exec. */
  public static FileDescriptor open(String path, int flags, int mode) {
    byte[] name = cString(path);
    return FileDescriptor.own(
        (int) check("open", path, () -> c().open(name, flags | Libc.O_CLOEXEC, mode)));
  }

  /**
   * openat2(2), Linux 5.6, always close-on-exec.
   *
   * @param mode permission bits, used with O_CREAT only
   * @param resolve RESOLVE_* bits
   */
  public static FileDescriptor openat2(
      FileDescriptor directory, String path, int flags, int mode, long resolve) {
    byte[] name = cString(path);
    byte[] how =
        ByteBuffer.allocate(OPEN_HOW_SIZE)
            .order(ByteOrder.nativeOrder())
            .putLong((flags | Libc.O_CLOEXEC) & 0xffffffffL)
            .putLong((flags & O_CREAT) != 0 ? mode : 0)
            .putLong(resolve)
            .array();
    return FileDescriptor.own(
        (int)
            check(
                "openat2",
                path,
                () -> c().syscall(SYS_OPENAT2, directory.number(), name, how, OPEN_HOW_SIZE)));
  }

  /**
   * flock(2); waits unless LOCK_NB is given.
   *
   * @return false if LOCK_NB was given and somebody else holds the lock
   */
  public static boolean flock(FileDescriptor fd, int operation) {
    try {
      check("flock", fd.toString(), () -> c().flock(fd.number(), operation));
      return true;
    } catch (NativeException e) {
      if (e.errno() == Errno.EAGAIN) {
        return false;
      }
      throw e;
    }
  }

  /** The whole content, from the descriptor's present position. */
  public static byte[] readAll(FileDescriptor fd) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] part = new byte[8192];
    while (true) {
      int length =
          (int) check("read", fd.toString(), () -> c().read(fd.number(), part, part.length));
      if (length == 0) {
        return all.toByteArray();
      }
      all.write(part, 0, length);
    }
  }

  /** Up to {@code limit} bytes from an offset, without moving the position. */
  public static byte[] pread(FileDescriptor fd, int limit, long offset) {
    byte[] data = new byte[limit];
    int length =
        (int) check("pread", fd.toString(), () -> c().pread(fd.number(), data, limit, offset));
    return Arrays.copyOf(data, length);
  }

  /** Writes everything at the descriptor's present position. */
  public static void writeAll(FileDescriptor fd, byte[] data) {
    byte[] rest = data;
    while (rest.length > 0) {
      byte[] now = rest;
      int written =
          (int) check("write", fd.toString(), () -> c().write(fd.number(), now, now.length));
      rest = Arrays.copyOfRange(rest, written, rest.length);
    }
  }

  /** Writes everything at an offset, without moving the position. */
  public static void pwriteAll(FileDescriptor fd, byte[] data, long offset) {
    int done = 0;
    while (done < data.length) {
      byte[] now = Arrays.copyOfRange(data, done, data.length);
      long at = offset + done;
      done +=
          (int) check("pwrite", fd.toString(), () -> c().pwrite(fd.number(), now, now.length, at));
    }
  }

  /** ftruncate(2). */
  public static void truncate(FileDescriptor fd, long length) {
    check("ftruncate", fd.toString(), () -> c().ftruncate(fd.number(), length));
  }

  /** fsync(2). */
  public static void sync(FileDescriptor fd) {
    check("fsync", fd.toString(), () -> c().fsync(fd.number()));
  }

  /** futimens(3): sets the time of the last change of the content, nanoseconds since 1970. */
  public static void setModified(FileDescriptor fd, long nanos) {
    byte[] times =
        ByteBuffer.allocate(2 * TIMESPEC_SIZE)
            .order(ByteOrder.nativeOrder())
            .putLong(0)
            .putLong(UTIME_OMIT)
            .putLong(Math.floorDiv(nanos, NANOS))
            .putLong(Math.floorMod(nanos, NANOS))
            .array();
    check("futimens", fd.toString(), () -> c().futimens(fd.number(), times));
  }

  /** fchmod(2). */
  public static void chmod(FileDescriptor fd, int mode) {
    check("fchmod", fd.toString(), () -> c().fchmod(fd.number(), mode));
  }

  /** mkdirat(2); an existing one is an error (EEXIST). */
  public static void mkdirAt(FileDescriptor directory, String name, int mode) {
    check("mkdirat", name, () -> c().mkdirat(directory.number(), cString(name), mode));
  }

  /** unlinkat(2). */
  public static void unlinkAt(FileDescriptor directory, String name, int flags) {
    check("unlinkat", name, () -> c().unlinkat(directory.number(), cString(name), flags));
  }

  /** renameat(2): atomic, replaces the target. */
  public static void renameAt(FileDescriptor from, String name, FileDescriptor to, String target) {
    check(
        "renameat",
        name + " -> " + target,
        () -> c().renameat(from.number(), cString(name), to.number(), cString(target)));
  }

  /** linkat(2): atomic, fails with EEXIST if the target is there. */
  public static void linkAt(FileDescriptor from, String name, FileDescriptor to, String target) {
    check(
        "linkat",
        name + " -> " + target,
        () -> c().linkat(from.number(), cString(name), to.number(), cString(target), 0));
  }

  /** symlinkat(2): atomic, fails with EEXIST if there is anything of that name. */
  public static void symlinkAt(String target, FileDescriptor directory, String name) {
    check(
        "symlinkat", name, () -> c().symlinkat(cString(target), directory.number(), cString(name)));
  }

  /** readlinkat(2); EINVAL if it is no symbolic link. */
  public static String readLinkAt(FileDescriptor directory, String name) {
    byte[] target = new byte[PATH_MAX];
    byte[] link = cString(name);
    long length =
        check(
            "readlinkat",
            name,
            () -> c().readlinkat(directory.number(), link, target, target.length));
    return new String(target, 0, (int) length, StandardCharsets.UTF_8);
  }

  /**
   * The parts of statx(2) that we use.
   *
   * @param mode file type and permission bits
   * @param inode inode number
   * @param size bytes
   * @param device major and minor number in one
   * @param changedNanos time of the last status change, nanoseconds since 1970
   * @param modifiedNanos time of the last change of the content, nanoseconds since 1970
   */
  public record Status(
      int mode, long inode, long size, long device, long changedNanos, long modifiedNanos) {
    /** Whether it is a directory. */
    public boolean isDirectory() {
      return (mode & 0xf000) == 0x4000;
    }

    /** Whether it is a plain file. */
    public boolean isRegular() {
      return (mode & 0xf000) == 0x8000;
    }
  }

  /** statx(2) of an open descriptor, O_PATH included. */
  public static Status status(FileDescriptor fd) {
    return status(fd.number(), "", AT_EMPTY_PATH);
  }

  /** statx(2) of a path, links followed. */
  public static Status status(String path) {
    return status(AT_FDCWD, path, 0);
  }

  /** statx(2) of what has this name in a directory; a symbolic link is what it is. */
  public static Status statusAt(FileDescriptor directory, String name) {
    return status(directory.number(), name, AT_SYMLINK_NOFOLLOW);
  }

  private static Status status(int directory, String path, int flags) {
    byte[] result = new byte[STATX_SIZE];
    byte[] name = cString(path);
    check(
        "statx",
        path.isEmpty() ? "fd " + directory : path,
        () -> c().statx(directory, name, flags, STATX_BASIC, result));
    // struct statx, include/uapi/linux/stat.h: mode at 28, ino 32, size 40, ctime 96, mtime 112,
    // dev 136.
    ByteBuffer statx = ByteBuffer.wrap(result).order(ByteOrder.nativeOrder());
    return new Status(
        statx.getShort(28) & 0xffff,
        statx.getLong(32),
        statx.getLong(40),
        (long) statx.getInt(136) << 32 | (statx.getInt(140) & 0xffffffffL),
        statx.getLong(96) * NANOS + statx.getInt(104),
        statx.getLong(112) * NANOS + statx.getInt(120));
  }

  /** The magic number of the file system, statfs(2): 0x6e736673 is nsfs. */
  public static long fileSystemMagic(FileDescriptor fd) {
    byte[] result = new byte[STATX_SIZE];
    check("fstatfs", fd.toString(), () -> c().fstatfs(fd.number(), result));
    return ByteBuffer.wrap(result).order(ByteOrder.nativeOrder()).getLong(0) & 0xffffffffL;
  }
}
