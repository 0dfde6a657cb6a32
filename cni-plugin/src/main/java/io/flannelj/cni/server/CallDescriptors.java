package io.flannelj.cni.server;

import io.flannelj.libc.FileDescriptor;
import io.flannelj.libc.Libc;
import java.util.ArrayList;
import java.util.List;

/** The three descriptors of a connection, owned from the moment they arrive. */
final class CallDescriptors implements AutoCloseable {
  private static final int EXPECTED = 3;

  private final List<FileDescriptor> received = new ArrayList<>(EXPECTED);

  /**
   * Takes over one that Netty has received. recvmsg(2) without MSG_CMSG_CLOEXEC leaves it open
   * across execve, and Netty has made it non-blocking, which would let a netlink dump end early.
   */
  void add(int number) {
    FileDescriptor fd = FileDescriptor.own(number);
    received.add(fd);
    Libc.setCloseOnExec(fd);
    Libc.setBlocking(fd);
  }

  boolean isComplete() {
    return received.size() == EXPECTED;
  }

  FileDescriptor root() {
    return received.get(0);
  }

  FileDescriptor namespace() {
    return received.get(1);
  }

  FileDescriptor routeSocket() {
    return received.get(2);
  }

  @Override
  public void close() {
    received.forEach(FileDescriptor::close);
  }
}
