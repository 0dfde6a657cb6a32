package io.flannelj.netns;

import io.flannelj.libc.Errno;
import io.flannelj.libc.FileDescriptor;
import io.flannelj.libc.Files;
import io.flannelj.libc.Libc;
import io.flannelj.libc.NativeException;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkSocket;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/** An open network namespace, setns(2). */
public final class NetworkNamespace implements AutoCloseable {
  private static final long NSFS_MAGIC = 0x6e736673L;
  private static final long PROC_SUPER_MAGIC = 0x9fa0L;

  private final FileDescriptor fd;

  private NetworkNamespace(FileDescriptor fd) {
    this.fd = fd;
  }

  /**
   * Opens a namespace by its path, such as /run/netns/NAME or /proc/PID/ns/net.
   *
   * @throws NativeException ENOENT if there is nothing; EINVAL if the path is no namespace, which
   *     is what a bind mount leaves behind after a reboot: a plain file
   */
  public static NetworkNamespace open(String path) {
    return of(Files.open(path, Files.O_RDONLY, 0), path);
  }

  /** Takes over an open descriptor; {@code path} is for error texts. */
  public static NetworkNamespace of(FileDescriptor fd, String path) {
    long magic = Files.fileSystemMagic(fd);
    if (magic != NSFS_MAGIC && magic != PROC_SUPER_MAGIC) {
      fd.close();
      throw new NativeException(
          "open network namespace",
          path + " (file system magic 0x" + Long.toHexString(magic) + ", not a namespace)",
          Errno.EINVAL.number());
    }
    return new NetworkNamespace(fd);
  }

  /** The descriptor; still owned by this object. */
  public FileDescriptor descriptor() {
    return fd;
  }

  /** Device and inode: equal for two descriptors of the same living namespace. */
  public boolean isSameAs(NetworkNamespace other) {
    Files.Status mine = Files.status(fd);
    Files.Status its = Files.status(other.fd);
    return mine.inode() == its.inode() && mine.device() == its.device();
  }

  /** Opens a netlink socket inside; it stays bound to the namespace. */
  public NetlinkSocket openNetlink(NetlinkFamily family) {
    return call(() -> NetlinkSocket.open(family));
  }

  /**
   * Runs work on a fresh thread inside the namespace and waits for it. /proc/sys/net shows the
   * namespace's values there.
   *
   * @throws RuntimeException what the work threw
   */
  public <T> T call(Supplier<T> work) {
    return onFreshThread(
        () -> {
          Libc.setns(fd, Libc.CLONE_NEWNET);
          return work.get();
        });
  }

  /** Runs work on a fresh platform thread and waits for it; the caller's interrupt is kept. */
  public static <T> T onFreshThread(Supplier<T> work) {
    FutureTask<T> task = new FutureTask<>(work::get);
    Thread thread = new Thread(task, "netns");
    thread.setDaemon(true);
    thread.start();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          if (e.getCause() instanceof RuntimeException cause) {
            throw cause;
          }
          throw new IllegalStateException("work in a network namespace failed", e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    fd.close();
  }
}
