package io.flannelj.libc;

import static io.flannelj.libc.Libc.c;
import static io.flannelj.libc.Libc.check;
import static io.flannelj.libc.Libc.lastError;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * A connected stream socket of the unix domain, unix(7). Every call blocks; a peer that has gone is
 * {@code EPIPE} or {@code ECONNRESET}, never a signal.
 */
public final class UnixStream implements AutoCloseable {
  private static final int SO_PEERCRED = 17;
  private static final int SO_RCVTIMEO = 20;
  private static final int MSG_PEEK = 2;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int SHUT_RDWR = 2;

  private final FileDescriptor fd;

  private UnixStream(FileDescriptor fd) {
    this.fd = fd;
  }

  /** Takes over a connected socket, as from accept(2). */
  static UnixStream own(int number) {
    return new UnixStream(FileDescriptor.own(number));
  }

  /**
   * Connects.
   *
   * @throws NativeException ECONNREFUSED or ENOENT if nobody listens there
   */
  public static UnixStream connect(Path path) {
    FileDescriptor fd = Sockets.socket(Sockets.AF_UNIX, Sockets.SOCK_STREAM, 0);
    boolean done = false;
    try {
      byte[] address = Sockets.unixAddress(path.toString());
      check("connect", path.toString(), () -> c().connect(fd.number(), address, address.length));
      done = true;
      return new UnixStream(fd);
    } finally {
      if (!done) {
        fd.close();
      }
    }
  }

  /** The user on the other side, when it connected: SO_PEERCRED. */
  public int peerUser() {
    byte[] credentials = new byte[12];
    check(
        "getsockopt",
        "SO_PEERCRED",
        () ->
            c().getsockopt(
                    fd.number(),
                    Sockets.SOL_SOCKET,
                    SO_PEERCRED,
                    credentials,
                    new int[] {credentials.length}));
    return ByteBuffer.wrap(credentials).order(ByteOrder.nativeOrder()).getInt(4);
  }

  /** Lets receiving fail with EAGAIN when nothing comes for so long; zero waits for ever. */
  public void limitReceiving(Duration limit) {
    byte[] timeval =
        ByteBuffer.allocate(16)
            .order(ByteOrder.nativeOrder())
            .putLong(limit.getSeconds())
            .putLong(limit.getNano() / 1000)
            .array();
    check(
        "setsockopt",
        "SO_RCVTIMEO",
        () ->
            c().setsockopt(fd.number(), Sockets.SOL_SOCKET, SO_RCVTIMEO, timeval, timeval.length));
  }

  /** Sends all bytes, however long the peer takes to read them. */
  public void send(byte[] bytes) {
    sendRest(bytes, 0);
  }

  private void sendRest(byte[] bytes, int sent) {
    int from = sent;
    while (from < bytes.length) {
      byte[] rest = from == 0 ? bytes : Arrays.copyOfRange(bytes, from, bytes.length);
      from += (int) check("send", "", () -> c().send(fd.number(), rest, rest.length, MSG_NOSIGNAL));
    }
  }

  /** Sends bytes with descriptors, which travel with the first byte; ours stay open. */
  public void send(byte[] bytes, FileDescriptor... passed) {
    StreamMessage message = StreamMessage.ofThread();
    int head = message.compose(bytes, passed);
    int sent =
        (int) check("sendmsg", "", () -> c().sendmsg(fd.number(), message.header(), MSG_NOSIGNAL));
    sendRest(bytes, Math.min(sent, head));
  }

  /**
   * Receives what there is, and waits if there is nothing.
   *
   * @return empty at the end of the stream
   * @throws NativeException EAGAIN when {@link #limitReceiving} is over, ECONNRESET if the peer has
   *     gone without reading all of ours
   */
  public byte[] receive() {
    StreamMessage message = StreamMessage.ofThread();
    return message.bytes(
        check("recv", "", () -> c().recv(fd.number(), message.data(), StreamMessage.PIECE, 0)));
  }

  /**
   * The same with the descriptors that came along, close-on-exec.
   *
   * @param received they are added here; whoever calls owns them, also after an exception
   * @param most more than so many are closed by the kernel
   * @return empty at the end of the stream
   * @throws NoDescriptorLeftException if this process may not open so many
   * @throws NativeException also E2BIG if there were more descriptors
   */
  public byte[] receive(List<FileDescriptor> received, int most) {
    StreamMessage message = StreamMessage.ofThread();
    message.prepare(most);
    byte[] bytes =
        message.bytes(
            check(
                "recvmsg",
                "",
                () -> c().recvmsg(fd.number(), message.header(), StreamMessage.CLOSE_ON_EXEC)));
    message.takeDescriptors(received, most, bytes);
    return bytes;
  }

  /** Whether the peer has closed; what it said before may be unread. Does not wait. */
  public boolean isEnded() {
    StreamMessage message = StreamMessage.ofThread();
    while (true) {
      long length = c().recv(fd.number(), message.data(), 1, MSG_PEEK | Sockets.MSG_DONTWAIT);
      if (length >= 0) {
        return length == 0;
      }
      Errno errno = Errno.of(lastError());
      if (errno != Errno.EINTR) {
        return errno != Errno.EAGAIN;
      }
    }
  }

  /** Ends the stream in both directions, for whoever waits in another thread too. */
  public synchronized void shutdown() {
    if (fd.isOpen()) {
      c().shutdown(fd.number(), SHUT_RDWR);
    }
  }

  @Override
  public synchronized void close() {
    fd.close();
  }
}
