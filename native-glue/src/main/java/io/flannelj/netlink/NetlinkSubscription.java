package io.flannelj.netlink;

import io.flannelj.libc.Errno;
import io.flannelj.libc.FileDescriptor;
import io.flannelj.libc.Libc;
import io.flannelj.libc.NativeException;
import io.flannelj.libc.SocketFilter;
import io.flannelj.libc.Sockets;
import io.flannelj.netlink.codec.DecodeException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * A netlink socket that listens to multicast groups. One thread reads; {@link #close()} from any
 * other thread ends its wait.
 */
public final class NetlinkSubscription implements AutoCloseable {
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_ADD_MEMBERSHIP = 1;
  private static final int RECEIVE_BUFFER = 64 * 1024;
  // A burst of 5,000 peers causes 15,000 notifications of about 1 KiB of kernel memory each.
  private static final int SOCKET_BUFFER = 16 * 1024 * 1024;

  private final FileDescriptor fd;
  private final FileDescriptor wake = Libc.eventFd();
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(RECEIVE_BUFFER).order(ByteOrder.nativeOrder());
  private volatile boolean closed;
  private volatile long gatherNanos;

  private NetlinkSubscription(FileDescriptor fd) {
    this.fd = fd;
  }

  /**
   * Joins groups in the calling thread's network namespace; what happens after the return is seen.
   *
   * @param groups group numbers such as RTNLGRP_LINK, not bit masks
   */
  public static NetlinkSubscription open(NetlinkFamily family, int... groups) {
    return open(family, SOCKET_BUFFER, Optional.empty(), groups);
  }

  /** The same for notifications that a filter lets through; it sees the netlink header first. */
  public static NetlinkSubscription open(NetlinkFamily family, SocketFilter filter, int... groups) {
    return open(family, SOCKET_BUFFER, Optional.of(filter), groups);
  }

  static NetlinkSubscription openWithBuffer(NetlinkFamily family, int bytes, int... groups) {
    return open(family, bytes, Optional.empty(), groups);
  }

  private static NetlinkSubscription open(
      NetlinkFamily family, int bytes, Optional<SocketFilter> filter, int... groups) {
    FileDescriptor fd = Sockets.socket(Sockets.AF_NETLINK, Sockets.SOCK_RAW, family.protocol());
    try {
      filter.ifPresent(program -> program.attach(fd));
      Sockets.bindNetlink(fd);
      enlarge(fd, bytes);
      for (int group : groups) {
        Sockets.setOption(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group);
      }
      return new NetlinkSubscription(fd);
    } catch (RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  private static void enlarge(FileDescriptor fd, int bytes) {
    try {
      Sockets.setOption(fd, Sockets.SOL_SOCKET, Sockets.SO_RCVBUFFORCE, bytes);
    } catch (NativeException e) {
      // Without CAP_NET_ADMIN in the initial user namespace the system's limit holds.
      Sockets.setOption(fd, Sockets.SOL_SOCKET, Sockets.SO_RCVBUF, bytes);
    }
  }

  /**
   * Lets a burst come to its end before it is read: whoever sends a notification wakes the reader,
   * and a pod's start sends some fifteen.
   *
   * @param time from the first notification until reading begins, a few milliseconds
   */
  public NetlinkSubscription gathering(Duration time) {
    gatherNanos = time.toNanos();
    return this;
  }

  private void await() {
    Libc.poll(-1, fd, wake);
    if (gatherNanos > 0 && !closed) {
      LockSupport.parkNanos(gatherNanos);
    }
  }

  /** Waits for the next event; after {@link #close()} it is always {@link NetlinkEvent.Closed}. */
  public NetlinkEvent receive() {
    while (!closed) {
      Sockets.Received datagram = Sockets.receiveNetlink(fd, buffer, Sockets.MSG_DONTWAIT);
      int length = datagram.length();
      if (length == -Errno.EAGAIN.number()) {
        await();
        continue;
      }
      // A cut or senseless datagram is as good as a lost one: the listener must look for itself.
      if (length < 0 || length > buffer.capacity()) {
        return new NetlinkEvent.Lost();
      }
      if (datagram.senderPort() == 0) {
        try {
          return new NetlinkEvent.Notified(Datagram.split(buffer, length));
        } catch (DecodeException e) {
          return new NetlinkEvent.Lost();
        }
      }
    }
    release();
    return new NetlinkEvent.Closed();
  }

  /**
   * The reader closes the descriptors itself: closing them under poll(2) would free their numbers.
   */
  private synchronized void release() {
    fd.close();
    wake.close();
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (wake.isOpen()) {
      Libc.signal(wake);
    }
  }
}
