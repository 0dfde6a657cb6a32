package io.flannelj.cni.server;

import static io.flannelj.libc.Files.LOCK_EX;
import static io.flannelj.libc.Files.LOCK_NB;
import static io.flannelj.libc.Files.O_CREAT;
import static io.flannelj.libc.Files.O_NOFOLLOW;
import static io.flannelj.libc.Files.O_RDWR;

import io.flannelj.libc.FileDescriptor;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/**
 * The place of a unix socket in the file system. A socket file outlives its process, so one that is
 * found may be living or left over. It appears under its name only when it is ready: bound to
 * {@code NAME.new}, listening, mode 0600, then renamed.
 */
final class SocketFile implements AutoCloseable {
  private final Path path;
  private final Optional<FileDescriptor> lock;
  private Optional<Object> identity = Optional.empty();

  private SocketFile(Path path, Optional<FileDescriptor> lock) {
    this.path = path;
    this.lock = lock;
  }

  /**
   * Makes the directory (0755) and clears the way.
   *
   * @param exclusive take {@code NAME.lock} and keep it; without it the caller has a lock of its
   *     own
   * @throws IOException if another process serves there, or the directory cannot be used
   */
  static SocketFile claim(Path path, boolean exclusive) throws IOException {
    makeDirectory(path.resolveSibling(""));
    Optional<FileDescriptor> lock = exclusive ? Optional.of(lock(path)) : Optional.empty();
    SocketFile file = new SocketFile(path, lock);
    try {
      if (exclusive) {
        refuseLiving(path);
      }
      Files.deleteIfExists(file.bindPath());
      return file;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  static void makeDirectory(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    Files.createDirectories(directory.resolveSibling(""));
    try {
      Files.createDirectory(directory);
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (FileAlreadyExistsException e) {
      // A launcher makes the same directory.
    }
  }

  private static FileDescriptor lock(Path path) throws IOException {
    FileDescriptor lock =
        io.flannelj.libc.Files.open(path + ".lock", O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    if (!io.flannelj.libc.Files.flock(lock, LOCK_EX | LOCK_NB)) {
      lock.close();
      throw new IOException(
          "serve " + path + ": another process serves there (it holds " + path + ".lock)");
    }
    return lock;
  }

  /** A server that takes no lock, as another program would be. */
  private static void refuseLiving(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (SocketChannel other = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      throw new AddressInUseException(path, other);
    } catch (AddressInUseException e) {
      throw e;
    } catch (IOException e) {
      // Nobody listens: a left-over, which the rename replaces.
    }
  }

  private static final class AddressInUseException extends IOException {
    private static final long serialVersionUID = 1;

    AddressInUseException(Path path, SocketChannel other) {
      super("serve " + path + ": another process listens there" + (other.isOpen() ? "" : "?"));
    }
  }

  /** Where to bind. */
  Path bindPath() {
    return path.resolveSibling(path.getFileName() + ".new");
  }

  /** Shows the socket, which listens already, under its name. */
  void publish() throws IOException {
    Path bound = bindPath();
    Files.setPosixFilePermissions(bound, PosixFilePermissions.fromString("rw-------"));
    identity = Optional.ofNullable(identityOf(bound));
    Files.move(bound, path, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Takes the name away, unless it has come to mean another socket. */
  void unlink() {
    try {
      if (identity.isPresent() && identity.get().equals(identityOf(path))) {
        Files.delete(path);
      }
    } catch (IOException e) {
      // Gone already, or the directory is: what was wanted.
    }
    identity = Optional.empty();
  }

  private static Object identityOf(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  /** Lets another process serve there. */
  @Override
  public void close() {
    lock.ifPresent(FileDescriptor::close);
  }
}
