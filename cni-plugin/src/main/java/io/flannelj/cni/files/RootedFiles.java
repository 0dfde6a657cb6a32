package io.flannelj.cni.files;

import io.flannelj.cni.CallerDirectory;
import io.flannelj.cni.CallerFiles;
import io.flannelj.libc.Errno;
import io.flannelj.libc.FileDescriptor;
import io.flannelj.libc.Files;
import io.flannelj.libc.NativeException;
import java.util.Optional;

/**
 * Files below an open directory, openat2(2) with RESOLVE_IN_ROOT: neither {@code ..} nor an
 * absolute link leads out of it. With the root directory of another mount namespace this is that
 * process's view of its files, without entering the namespace.
 */
public final class RootedFiles implements CallerFiles {
  private final FileDescriptor root;
  private final LockQueue locks;

  /**
   * Below a directory.
   *
   * @param root stays the caller's own; it is not closed here
   * @param locks the process's only one
   */
  public RootedFiles(FileDescriptor root, LockQueue locks) {
    this.root = root;
    this.locks = locks;
  }

  @Override
  public Optional<byte[]> read(String path) {
    try (FileDescriptor fd = open(path, Files.O_RDONLY)) {
      return Optional.of(Files.readAll(fd));
    } catch (NativeException e) {
      if (isMissing(e)) {
        return Optional.empty();
      }
      throw new NativeException("open", path, e.errno().number());
    }
  }

  @Override
  public Optional<CallerDirectory> directory(String path) {
    try {
      return Optional.of(opened(path));
    } catch (NativeException e) {
      if (isMissing(e)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  public CallerDirectory makeDirectory(String path, int mode) {
    try {
      return opened(path);
    } catch (NativeException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
    int end = path.length();
    while (end > 1 && path.charAt(end - 1) == '/') {
      end--;
    }
    int slash = path.lastIndexOf('/', end - 1);
    try (FileDescriptor parent = parent(path.substring(0, Math.max(slash, 0)), mode)) {
      Files.mkdirAt(parent, path.substring(slash + 1, end), mode);
    } catch (NativeException e) {
      if (e.errno() != Errno.EEXIST) {
        throw new NativeException("mkdir", path, e.errno().number());
      }
    }
    return opened(path);
  }

  private FileDescriptor parent(String path, int mode) {
    String named = path.isEmpty() ? "/" : path;
    makeDirectory(named, mode).close();
    return open(named, Files.O_RDONLY | Files.O_DIRECTORY);
  }

  private CallerDirectory opened(String path) {
    try {
      return new RootedDirectory(path, open(path, Files.O_RDONLY | Files.O_DIRECTORY), locks);
    } catch (NativeException e) {
      throw new NativeException("open", path, e.errno().number());
    }
  }

  private FileDescriptor open(String path, int flags) {
    if (path.indexOf('\0') >= 0) {
      // No file can have such a name, though JSON can.
      throw new NativeException("openat2", path.replace('\0', '?'), Errno.EINVAL.number());
    }
    return Files.openat2(root, path, flags, 0, Files.RESOLVE_IN_ROOT);
  }

  static boolean isMissing(NativeException e) {
    return e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR;
  }
}
