package io.flannelj.cni.files;

import io.flannelj.cni.CallerDirectory;
import io.flannelj.libc.Errno;
import io.flannelj.libc.FileDescriptor;
import io.flannelj.libc.Files;
import io.flannelj.libc.Libc;
import io.flannelj.libc.NativeException;
import java.io.File;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** An open directory. */
final class RootedDirectory implements CallerDirectory {
  private static final int SMALL = 512;
  private static final int REPLACE_ATTEMPTS = 3;
  private static final long FIRST_WAIT_NANOS = 100_000;
  private static final long LONGEST_WAIT_NANOS = 5_000_000;

  private final String path;
  private final FileDescriptor fd;
  private final LockQueue locks;

  RootedDirectory(String path, FileDescriptor fd, LockQueue locks) {
    this.path = path;
    this.fd = fd;
    this.locks = locks;
  }

  @Override
  public String path() {
    return path;
  }

  @Override
  public FileIdentity identity() {
    return identity(Files.status(fd));
  }

  @Override
  public void stamp(long modifiedNanos) {
    Files.setModified(fd, modifiedNanos);
  }

  @Override
  public List<String> names() {
    // Listing by the open descriptor: the path may mean another directory in our own view.
    String[] names = new File("/proc/self/fd/" + fd.number()).list();
    if (names == null) {
      throw new NativeException("readdir", path, Errno.EIO.number());
    }
    return List.of(names);
  }

  @Override
  public Optional<byte[]> read(String name) {
    try (FileDescriptor file = open(name, Files.O_RDONLY, 0)) {
      byte[] head = Files.pread(file, SMALL, 0);
      return Optional.of(head.length < SMALL ? head : Files.readAll(file));
    } catch (NativeException e) {
      if (RootedFiles.isMissing(e)) {
        return Optional.empty();
      }
      throw named("read", name, e);
    }
  }

  @Override
  public Optional<FileIdentity> identity(String name) {
    try {
      return Optional.of(identity(Files.statusAt(fd, checked(name))));
    } catch (NativeException e) {
      if (RootedFiles.isMissing(e)) {
        return Optional.empty();
      }
      throw named("stat", name, e);
    }
  }

  @Override
  public boolean create(String name, byte[] content, int mode) {
    try (FileDescriptor file = open(name, Files.O_WRONLY | Files.O_CREAT | Files.O_EXCL, mode)) {
      writeOrRemove(file, name, content);
      return true;
    } catch (NativeException e) {
      if (e.errno() == Errno.EEXIST) {
        return false;
      }
      throw named("create", name, e);
    }
  }

  @Override
  public boolean link(String name, String target) {
    try {
      Files.symlinkAt(target, fd, checked(name));
      return true;
    } catch (NativeException e) {
      if (e.errno() == Errno.EEXIST) {
        return false;
      }
      throw named("symlink", name, e);
    }
  }

  @Override
  public Optional<String> target(String name) {
    try {
      return Optional.of(Files.readLinkAt(fd, checked(name)));
    } catch (NativeException e) {
      // EINVAL: something else than a link.
      if (RootedFiles.isMissing(e) || e.errno() == Errno.EINVAL) {
        return Optional.empty();
      }
      throw named("readlink", name, e);
    }
  }

  @Override
  public void replace(String name, String temporary, byte[] content, int mode) {
    for (int attempt = 1; ; attempt++) {
      try (FileDescriptor file =
          open(temporary, Files.O_WRONLY | Files.O_CREAT | Files.O_TRUNC, mode)) {
        writeOrRemove(file, temporary, content);
        Files.renameAt(fd, temporary, fd, name);
        return;
      } catch (NativeException e) {
        // A GC may have taken it for one that a dead process has left.
        if (e.errno() != Errno.ENOENT || attempt == REPLACE_ATTEMPTS) {
          throw named("write", name, e);
        }
      }
    }
  }

  @Override
  public void overwrite(String name, byte[] content, int mode) {
    try (FileDescriptor file = open(name, Files.O_WRONLY | Files.O_CREAT, mode)) {
      Files.pwriteAll(file, content, 0);
      Files.truncate(file, content.length);
    } catch (NativeException e) {
      throw named("write", name, e);
    }
  }

  @Override
  public boolean remove(String name) {
    try {
      Files.unlinkAt(fd, checked(name), 0);
      return true;
    } catch (NativeException e) {
      if (RootedFiles.isMissing(e)) {
        return false;
      }
      throw named("unlink", name, e);
    }
  }

  @Override
  public Optional<FileLock> lock(String name, int mode, Duration patience) {
    return lock(name, mode, patience, false);
  }

  @Override
  public Optional<FileLock> lockUntilRemoved(String name, int mode, Duration patience) {
    return lock(name, mode, patience, true);
  }

  private Optional<FileLock> lock(String name, int mode, Duration patience, boolean remove) {
    long deadline = System.nanoTime() + patience.toNanos();
    Files.Status here = Files.status(fd);
    Optional<LockQueue.Turn> turn =
        locks.await(
            new LockQueue.Place(here.device(), here.inode(), name),
            Math.max(0, patience.toNanos()));
    if (turn.isEmpty()) {
      return Optional.empty();
    }
    // A lock that removes its file needs the directory when this object may be closed already.
    FileDescriptor directory = duplicate(turn.get());
    boolean held = false;
    try {
      Optional<FileDescriptor> file = flock(name, mode, deadline, remove);
      if (file.isEmpty()) {
        return Optional.empty();
      }
      held = true;
      return Optional.of(new Held(turn.get(), file.get(), directory, remove ? name : ""));
    } catch (NativeException e) {
      throw named("flock", name, e);
    } finally {
      if (!held) {
        directory.close();
        turn.get().close();
      }
    }
  }

  private FileDescriptor duplicate(LockQueue.Turn turn) {
    try {
      return Libc.duplicate(fd);
    } catch (NativeException e) {
      turn.close();
      throw e;
    }
  }

  /** Waits by asking again: a flock(2) that waits in the kernel could not be given up. */
  private Optional<FileDescriptor> flock(String name, int mode, long deadline, boolean removable) {
    long wait = FIRST_WAIT_NANOS;
    while (true) {
      FileDescriptor file = open(name, Files.O_RDWR | Files.O_CREAT, mode);
      boolean held = false;
      try {
        held =
            Files.flock(file, Files.LOCK_EX | Files.LOCK_NB) && (!removable || isStill(name, file));
      } finally {
        if (!held) {
          file.close();
        }
      }
      if (held) {
        return Optional.of(file);
      }
      if (System.nanoTime() - deadline >= 0 || Thread.currentThread().isInterrupted()) {
        return Optional.empty();
      }
      LockSupport.parkNanos(Math.min(wait, Math.max(1, deadline - System.nanoTime())));
      wait = Math.min(wait * 2, LONGEST_WAIT_NANOS);
    }
  }

  /** Whether the name still means the open file. */
  private boolean isStill(String name, FileDescriptor file) {
    Optional<FileIdentity> now = identity(name);
    Files.Status mine = Files.status(file);
    return now.isPresent()
        && now.get().inode() == mine.inode()
        && now.get().device() == mine.device();
  }

  @Override
  public void close() {
    fd.close();
  }

  private FileDescriptor open(String name, int flags, int mode) {
    return Files.openat2(fd, checked(name), flags | Files.O_NOFOLLOW, mode, 0);
  }

  private void writeOrRemove(FileDescriptor file, String name, byte[] content) {
    try {
      Files.writeAll(file, content);
    } catch (NativeException e) {
      Files.unlinkAt(fd, name, 0);
      throw e;
    }
  }

  private static String checked(String name) {
    if (name.isEmpty() || name.indexOf('/') >= 0 || name.equals(".") || name.equals("..")) {
      throw new IllegalArgumentException("no file name: \"" + name + "\"");
    }
    return name;
  }

  private NativeException named(String operation, String name, NativeException e) {
    return new NativeException(operation, path + "/" + name, e.errno().number());
  }

  private static FileIdentity identity(Files.Status status) {
    return new FileIdentity(
        status.device(),
        status.inode(),
        status.size(),
        status.changedNanos(),
        status.modifiedNanos());
  }

  /** A lock, with the file to remove when it is let go, if any. */
  private static final class Held implements FileLock {
    private final LockQueue.Turn turn;
    private final FileDescriptor file;
    private final FileDescriptor directory;
    private final String remove;

    Held(LockQueue.Turn turn, FileDescriptor file, FileDescriptor directory, String remove) {
      this.turn = turn;
      this.file = file;
      this.directory = directory;
      this.remove = remove;
    }

    @Override
    public void close() {
      if (!file.isOpen()) {
        return;
      }
      try {
        if (!remove.isEmpty()) {
          Files.unlinkAt(directory, remove, 0);
        }
      } catch (NativeException e) {
        // Left behind, the file is taken again by the next one; the lock is gone with the close.
      } finally {
        directory.close();
        file.close();
        turn.close();
      }
    }
  }
}
