package io.flannelj.libc;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;

/**
 * System calls as Java methods: errors become {@link NativeException}, EINTR is repeated. Sockets
 * are in {@link Sockets}, files in {@link Files}.
 */
public final class Libc {
  /** Close on exec: nothing that we open is meant for a child. */
  public static final int O_CLOEXEC = 0x80000;

  /** setns(2), unshare(2): the network namespace. */
  public static final int CLONE_NEWNET = 0x40000000;

  /** setns(2), unshare(2): the mount namespace. */
  public static final int CLONE_NEWNS = 0x20000;

  /** poll(2): readable. */
  public static final int POLLIN = 1;

  private static final int POLLFD_SIZE = 8;
  private static final int EFD_CLOEXEC = O_CLOEXEC;

  private Libc() {}

  /** Binds on first use, so that a program that fails before needs no native code. */
  private static final class Holder {
    static final LibcFunctions C = LibraryLoader.create(LibcFunctions.class).load("c");
    static final Runtime RUNTIME = Runtime.getSystemRuntime();
  }

  static LibcFunctions c() {
    return Holder.C;
  }

  /** errno of the last call on this thread; read before anything else may call. */
  static int lastError() {
    return Holder.RUNTIME.getLastError();
  }

  static byte[] cString(String text) {
    byte[] octets = text.getBytes(StandardCharsets.UTF_8);
    for (byte octet : octets) {
      if (octet == 0) {
        throw new IllegalArgumentException("text holds a NUL byte: " + text.replace('\0', '?'));
      }
    }
    return Arrays.copyOf(octets, octets.length + 1);
  }

  /** A system call that returns a negative number on failure. */
  @FunctionalInterface
  interface Call {
    long run();
  }

  /** Runs a call again while a signal interrupts it; throws for any other error. */
  static long check(String operation, String object, Call call) {
    while (true) {
      long result = call.run();
      if (result >= 0) {
        return result;
      }
      int number = lastError();
      if (number != Errno.EINTR.number()) {
        throw new NativeException(operation, object, number);
      }
    }
  }

  static void closeQuietly(int fd) {
    c().close(fd);
  }

  /**
   * Moves the calling thread into a namespace, setns(2). Only for threads that end afterwards.
   *
   * @param type CLONE_NEWNET and so on; 0 takes any kind
   */
  public static void setns(FileDescriptor namespace, int type) {
    check("setns", namespace.toString(), () -> c().setns(namespace.number(), type));
  }

  /** Gives the calling thread namespaces of its own, unshare(2). */
  public static void unshare(int flags) {
    check("unshare", "0x" + Integer.toHexString(flags), () -> c().unshare(flags));
  }

  /** mount(2). */
  public static void mount(String source, String target, String type, long flags) {
    check(
        "mount",
        target,
        () -> c().mount(cString(source), cString(target), cString(type), flags, new byte[1]));
  }

  /** The kernel's number of the calling thread. */
  public static int threadId() {
    return c().gettid();
  }

  /** The real user ID; 0 is root. */
  public static int userId() {
    return c().getuid();
  }

  /** A new descriptor of the same open file, close-on-exec. */
  public static FileDescriptor duplicate(FileDescriptor fd) {
    int dupCloexec = 1030;
    return FileDescriptor.own(
        (int)
            check(
                "fcntl F_DUPFD_CLOEXEC",
                fd.toString(),
                () -> c().fcntl(fd.number(), dupCloexec, 0)));
  }

  /** Sets FD_CLOEXEC on a descriptor that came from elsewhere. */
  public static void setCloseOnExec(FileDescriptor fd) {
    int setFd = 2;
    int cloexec = 1;
    check("fcntl F_SETFD", fd.toString(), () -> c().fcntl(fd.number(), setFd, cloexec));
  }

  /** Clears O_NONBLOCK, and with it every other status flag, of the open file description. */
  public static void setBlocking(FileDescriptor fd) {
    int setFlags = 4;
    check("fcntl F_SETFL", fd.toString(), () -> c().fcntl(fd.number(), setFlags, 0));
  }

  /** A counter to wake a thread out of {@link #poll}. */
  public static FileDescriptor eventFd() {
    return FileDescriptor.own((int) check("eventfd", "", () -> c().eventfd(0, EFD_CLOEXEC)));
  }

  /** Makes an eventfd readable. */
  public static void signal(FileDescriptor event) {
    byte[] one = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(1).array();
    check("write", "eventfd", () -> c().write(event.number(), one, one.length));
  }

  /**
   * Waits until a descriptor is readable, poll(2).
   *
   * @param timeoutMillis -1 waits for ever
   * @return which of them are readable or in error, in the order given
   */
  public static boolean[] poll(int timeoutMillis, FileDescriptor... fds) {
    ByteBuffer set = ByteBuffer.allocate(POLLFD_SIZE * fds.length).order(ByteOrder.nativeOrder());
    for (FileDescriptor fd : fds) {
      set.putInt(fd.number()).putShort((short) POLLIN).putShort((short) 0);
    }
    check("poll", "", () -> c().poll(set.array(), fds.length, timeoutMillis));
    boolean[] ready = new boolean[fds.length];
    for (int i = 0; i < fds.length; i++) {
      ready[i] = set.getShort(POLLFD_SIZE * i + 6) != 0;
    }
    return ready;
  }

  /** ioctl(2) on a structure given as bytes; the kernel's answer is written into them. */
  public static int ioctl(FileDescriptor fd, String name, long request, byte[] argument) {
    return (int) check("ioctl", name, () -> c().ioctl(fd.number(), request, argument));
  }

  /** ioctl(2) on a direct buffer, for structures that hold addresses. */
  public static int ioctl(FileDescriptor fd, String name, long request, ByteBuffer argument) {
    return (int) check("ioctl", name, () -> c().ioctl(fd.number(), request, argument));
  }
}
