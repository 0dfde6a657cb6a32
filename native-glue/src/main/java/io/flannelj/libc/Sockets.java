package io.flannelj.libc;

import static io.flannelj.libc.Libc.c;
import static io.flannelj.libc.Libc.check;
import static io.flannelj.libc.Libc.lastError;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** socket(2) and its relatives, for netlink and unix datagrams. */
public final class Sockets {
  /** Unix domain. */
  public static final int AF_UNIX = 1;

  /** IPv4. */
  public static final int AF_INET = 2;

  /** Netlink. */
  public static final int AF_NETLINK = 16;

  /** A stream of bytes. */
  public static final int SOCK_STREAM = 1;

  /** Datagrams. */
  public static final int SOCK_DGRAM = 2;

  /** Raw messages, what netlink uses. */
  public static final int SOCK_RAW = 3;

  /** Socket-level options. */
  public static final int SOL_SOCKET = 1;

  /** Receive buffer in bytes, up to net.core.rmem_max. */
  public static final int SO_RCVBUF = 8;

  /** Send buffer beyond net.core.wmem_max; needs CAP_NET_ADMIN. */
  public static final int SO_SNDBUFFORCE = 32;

  /** Receive buffer beyond net.core.rmem_max; needs CAP_NET_ADMIN. */
  public static final int SO_RCVBUFFORCE = 33;

  /** A 64-bit number of the socket's network namespace that is never used again (since 5.14). */
  public static final int SO_NETNS_COOKIE = 71;

  /** recv(2): return the datagram's real length even if it was cut. */
  public static final int MSG_TRUNC = 0x20;

  /** recv(2), send(2): do not block. */
  public static final int MSG_DONTWAIT = 0x40;

  private static final int SOCKADDR_NL_SIZE = 12;
  private static final int SUN_PATH = 107;

  private Sockets() {}

  /** socket(2), close-on-exec. */
  public static FileDescriptor socket(int domain, int type, int protocol) {
    return FileDescriptor.own(
        (int)
            check(
                "socket",
                domain + "/" + type + "/" + protocol,
                () -> c().socket(domain, type | Libc.O_CLOEXEC, protocol)));
  }

  /**
   * Binds a netlink socket to a port that the kernel chooses; multicast groups are joined later.
   */
  public static void bindNetlink(FileDescriptor fd) {
    byte[] address =
        ByteBuffer.allocate(SOCKADDR_NL_SIZE)
            .order(ByteOrder.nativeOrder())
            .putShort((short) AF_NETLINK)
            .array();
    check("bind", "AF_NETLINK", () -> c().bind(fd.number(), address, address.length));
  }

  /** The port (nl_pid) of a bound netlink socket. */
  public static int netlinkPort(FileDescriptor fd) {
    byte[] address = new byte[SOCKADDR_NL_SIZE];
    check(
        "getsockname",
        fd.toString(),
        () -> c().getsockname(fd.number(), address, new int[] {SOCKADDR_NL_SIZE}));
    return ByteBuffer.wrap(address).order(ByteOrder.nativeOrder()).getInt(4);
  }

  /** setsockopt(2) with an int. */
  public static void setOption(FileDescriptor fd, int level, int name, int value) {
    byte[] octets = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
    check(
        "setsockopt",
        level + "/" + name + "=" + value,
        () -> c().setsockopt(fd.number(), level, name, octets, octets.length));
  }

  /** getsockopt(2) of a 64-bit number. */
  public static long longOption(FileDescriptor fd, int level, int name) {
    byte[] octets = new byte[8];
    check(
        "getsockopt",
        level + "/" + name,
        () -> c().getsockopt(fd.number(), level, name, octets, new int[] {octets.length}));
    return ByteBuffer.wrap(octets).order(ByteOrder.nativeOrder()).getLong();
  }

  /**
   * Sends the remaining bytes of a direct buffer as one datagram to the kernel.
   *
   * @throws NativeException also when fewer bytes went out (EMSGSIZE)
   */
  public static void sendNetlink(FileDescriptor fd, ByteBuffer data) {
    byte[] kernel =
        ByteBuffer.allocate(SOCKADDR_NL_SIZE)
            .order(ByteOrder.nativeOrder())
            .putShort((short) AF_NETLINK)
            .array();
    ByteBuffer view = data.slice();
    long sent =
        check(
            "sendto",
            "AF_NETLINK",
            () -> c().sendto(fd.number(), view, view.remaining(), 0, kernel, kernel.length));
    if (sent != data.remaining()) {
      throw new NativeException("sendto", "AF_NETLINK", Errno.EMSGSIZE.number());
    }
  }

  /**
   * What recvfrom(2) brought.
   *
   * @param length the datagram's real length, larger than the buffer if it was cut; or a negated
   *     errno
   * @param senderPort netlink port of the sender, 0 for the kernel
   */
  public record Received(int length, int senderPort) {}

  /** Receives one netlink datagram into a direct buffer from its start; errors come as values. */
  public static Received receiveNetlink(FileDescriptor fd, ByteBuffer into, int flags) {
    byte[] address = new byte[SOCKADDR_NL_SIZE];
    while (true) {
      long length =
          c().recvfrom(
                  fd.number(),
                  into,
                  into.capacity(),
                  flags | MSG_TRUNC,
                  address,
                  new int[] {SOCKADDR_NL_SIZE});
      if (length >= 0) {
        int port = ByteBuffer.wrap(address).order(ByteOrder.nativeOrder()).getInt(4);
        return new Received((int) length, port);
      }
      int number = lastError();
      if (number != Errno.EINTR.number()) {
        return new Received(-number, 0);
      }
    }
  }

  /**
   * Sends bytes as one datagram to a unix socket.
   *
   * @param address a path, or {@code @name} for Linux's abstract names, at most 107 bytes
   */
  public static void sendUnixDatagram(FileDescriptor fd, byte[] data, String address) {
    byte[] socket = unixAddress(address);
    ByteBuffer direct = ByteBuffer.allocateDirect(data.length).put(data).flip();
    check(
        "sendto",
        address,
        () -> c().sendto(fd.number(), direct, data.length, 0, socket, socket.length));
  }

  /**
   * A sockaddr_un as long as it has to be.
   *
   * @throws IllegalArgumentException names an address that does not fit
   */
  static byte[] unixAddress(String address) {
    byte[] path = Libc.cString(address);
    int length = path.length - 1;
    if (length > SUN_PATH) {
      throw new IllegalArgumentException(
          "unix socket address exceeds " + SUN_PATH + " bytes: " + address);
    }
    boolean isAbstract = address.startsWith("@");
    ByteBuffer socket =
        ByteBuffer.allocate(2 + length + (isAbstract ? 0 : 1)).order(ByteOrder.nativeOrder());
    socket.putShort((short) AF_UNIX).put(path, 0, length);
    if (isAbstract) {
      socket.put(2, (byte) 0);
    }
    return socket.array();
  }
}
