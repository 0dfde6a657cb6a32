package io.flannelj.libc;

import static io.flannelj.libc.Libc.c;
import static io.flannelj.libc.Libc.check;

import java.nio.file.Path;

/** A listening stream socket of the unix domain. */
public final class UnixListener implements AutoCloseable {
  private static final int SHUT_RDWR = 2;

  private final FileDescriptor fd;
  private final Path path;

  private UnixListener(FileDescriptor fd, Path path) {
    this.fd = fd;
    this.path = path;
  }

  /**
   * Binds and listens.
   *
   * @param backlog how many may wait to be accepted; net.core.somaxconn is the limit
   * @throws IllegalArgumentException if the path is longer than 107 bytes
   * @throws NativeException what bind(2) says, such as EADDRINUSE if there is a file
   */
  public static UnixListener bind(Path path, int backlog) {
    byte[] address = Sockets.unixAddress(path.toString());
    FileDescriptor fd = Sockets.socket(Sockets.AF_UNIX, Sockets.SOCK_STREAM, 0);
    boolean done = false;
    try {
      check("bind", path.toString(), () -> c().bind(fd.number(), address, address.length));
      check("listen", path.toString(), () -> c().listen(fd.number(), backlog));
      done = true;
      return new UnixListener(fd, path);
    } finally {
      if (!done) {
        fd.close();
      }
    }
  }

  /**
   * Waits for the next connection.
   *
   * @throws NativeException EINVAL after {@link #shutdown}; EMFILE and the like when there is no
   *     room for one more
   */
  public UnixStream accept() {
    return UnixStream.own(
        (int)
            check(
                "accept4",
                path.toString(),
                () -> c().accept4(fd.number(), null, null, Libc.O_CLOEXEC)));
  }

  /** Ends waiting in {@link #accept} for good. */
  public void shutdown() {
    c().shutdown(fd.number(), SHUT_RDWR);
  }

  /** Closes; the kernel ends those that wait to be accepted. The file stays. */
  @Override
  public void close() {
    fd.close();
  }
}
