package io.flannelj.netlink;

import static io.flannelj.netlink.NetlinkMessage.NLMSG_DONE;
import static io.flannelj.netlink.NetlinkMessage.NLMSG_ERROR;
import static io.flannelj.netlink.NetlinkRequest.NLM_F_ACK;
import static io.flannelj.netlink.NetlinkRequest.NLM_F_DUMP;
import static io.flannelj.netlink.NetlinkRequest.NLM_F_REQUEST;

import io.flannelj.libc.Errno;
import io.flannelj.libc.FileDescriptor;
import io.flannelj.libc.NativeException;
import io.flannelj.libc.Sockets;
import io.flannelj.netlink.codec.AttributeWriter;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * A netlink socket for requests. Every method sends and reads its answers to the end before it
 * returns, so one socket serves one exchange at a time; callers on other threads wait.
 *
 * <p>The kernel carries out a request inside sendto(2) and queues the answers on the socket. A
 * socket stays in the network namespace it was opened in, whichever thread uses it.
 */
public final class NetlinkSocket implements NetlinkTransport, AutoCloseable {
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_CAP_ACK = 10;
  private static final int NETLINK_EXT_ACK = 11;
  private static final int NETLINK_GET_STRICT_CHK = 12;

  // Errors of a whole chunk must fit into the socket's receive buffer (SO_RCVBUF, 208 KiB at
  // least).
  private static final int CHUNK_MESSAGES = 256;
  private static final int CHUNK_BYTES = 64 * 1024;
  private static final int DUMP_ATTEMPTS = 5;

  private final FileDescriptor fd;
  private final AttributeWriter out = new AttributeWriter();
  private final Deque<NetlinkMessage> received = new ArrayDeque<>();
  private final NetlinkBuffers buffers;
  private ByteBuffer sendBuffer;
  private ByteBuffer receiveBuffer;
  private int sendLimit = 128 * 1024;
  private int sequence;

  private NetlinkSocket(FileDescriptor fd, NetlinkBuffers buffers) {
    this.fd = fd;
    this.buffers = buffers;
    NetlinkBuffers.Pair pair = buffers.take();
    sendBuffer = pair.send();
    receiveBuffer = pair.receive();
  }

  /**
   * Opens a socket in the calling thread's network namespace.
   *
   * @throws NativeException if the kernel has no such family or no descriptor is left
   */
  public static NetlinkSocket open(NetlinkFamily family) {
    FileDescriptor fd = Sockets.socket(Sockets.AF_NETLINK, Sockets.SOCK_RAW, family.protocol());
    try {
      Sockets.bindNetlink(fd);
      return adopt(fd);
    } catch (RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  /** Takes over a netlink socket that somebody opened in another namespace and passed on. */
  public static NetlinkSocket adopt(FileDescriptor fd) {
    return adopt(fd, new NetlinkBuffers());
  }

  /**
   * As {@link #adopt(FileDescriptor)}, with memory of a common stock; {@link #release} gives it
   * back.
   */
  public static NetlinkSocket adopt(FileDescriptor fd, NetlinkBuffers buffers) {
    Sockets.setOption(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
    Sockets.setOption(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
    Sockets.setOption(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
    return new NetlinkSocket(fd, buffers);
  }

  /** A number that identifies the socket's network namespace and is never used again. */
  public long namespaceCookie() {
    return Sockets.longOption(fd, Sockets.SOL_SOCKET, Sockets.SO_NETNS_COOKIE);
  }

  /** The socket's own port, by which nf_tables notifications name who made a change. */
  public int port() {
    return Sockets.netlinkPort(fd);
  }

  @Override
  public synchronized void execute(NetlinkRequest request) {
    int expected = start(request, NLM_F_ACK);
    send(request.operation());
    while (true) {
      NetlinkMessage message = receive(request.operation());
      if (message.sequence() == expected && message.type() == NLMSG_ERROR) {
        throwIfError(request.operation(), message);
        return;
      }
    }
  }

  @Override
  public synchronized List<Optional<NetlinkException>> executeAll(List<NetlinkRequest> requests) {
    List<Optional<NetlinkException>> results = new ArrayList<>(requests.size());
    int next = 0;
    while (next < requests.size()) {
      next = executeChunk(requests, next, results);
    }
    return results;
  }

  /**
   * Only the last message of a chunk asks for an acknowledgement: the kernel reports failures of
   * the others unasked, in order, so its arrival proves that all other reports are there too.
   */
  private int executeChunk(
      List<NetlinkRequest> requests, int from, List<Optional<NetlinkException>> results) {
    out.clear();
    int first = sequence + 1;
    int to = from;
    boolean last = false;
    while (!last) {
      NetlinkRequest request = requests.get(to++);
      last = to == requests.size() || to - from == CHUNK_MESSAGES || out.size() >= CHUNK_BYTES;
      int flags = request.flags() | NLM_F_REQUEST | (last ? NLM_F_ACK : 0);
      out.message(request.type(), flags, ++sequence, request.body());
      results.add(Optional.empty());
    }
    String operation = requests.get(from).operation();
    send(operation);
    while (true) {
      NetlinkMessage message = receive(operation);
      int index = message.sequence() - first;
      if (message.type() != NLMSG_ERROR || index < 0 || index >= to - from) {
        continue;
      }
      Acknowledgement ack = Acknowledgement.decode(message);
      if (ack.error() != 0) {
        NetlinkRequest failed = requests.get(from + index);
        results.set(
            from + index,
            Optional.of(new NetlinkException(failed.operation(), ack.error(), ack.text())));
      }
      if (message.sequence() == sequence) {
        return to;
      }
    }
  }

  @Override
  public synchronized NetlinkMessage query(NetlinkRequest request) {
    int expected = start(request, 0);
    send(request.operation());
    while (true) {
      NetlinkMessage message = receive(request.operation());
      if (message.sequence() == expected) {
        if (message.type() == NLMSG_ERROR) {
          throwIfError(request.operation(), message);
        } else {
          return message;
        }
      }
    }
  }

  @Override
  public synchronized NetlinkMessage executeThenQuery(
      List<NetlinkRequest> requests, NetlinkRequest question) {
    out.clear();
    received.clear();
    int first = sequence + 1;
    for (NetlinkRequest request : requests) {
      out.message(request.type(), request.flags() | NLM_F_REQUEST, ++sequence, request.body());
    }
    out.message(question.type(), question.flags() | NLM_F_REQUEST, ++sequence, question.body());
    send(question.operation());
    Optional<NetlinkException> failure = Optional.empty();
    while (true) {
      NetlinkMessage message = receive(question.operation());
      int index = message.sequence() - first;
      if (index < 0 || index > requests.size()) {
        continue;
      }
      boolean last = index == requests.size();
      if (message.type() == NLMSG_ERROR && failure.isEmpty()) {
        Acknowledgement ack = Acknowledgement.decode(message);
        String operation = (last ? question : requests.get(index)).operation();
        failure = Optional.of(new NetlinkException(operation, ack.error(), ack.text()));
      }
      if (last) {
        if (failure.isPresent()) {
          throw failure.get();
        }
        return message;
      }
    }
  }

  @Override
  public synchronized List<NetlinkMessage> dump(NetlinkRequest request) {
    for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
      List<NetlinkMessage> messages = new ArrayList<>();
      if (dumpOnce(request, messages)) {
        return messages;
      }
    }
    throw new NetlinkException(
        request.operation(),
        Errno.EINTR.number(),
        "the table changed during each of " + DUMP_ATTEMPTS + " dumps");
  }

  private boolean dumpOnce(NetlinkRequest request, List<NetlinkMessage> messages) {
    int expected = start(request, NLM_F_DUMP);
    send(request.operation());
    boolean consistent = true;
    while (true) {
      NetlinkMessage message = receive(request.operation());
      if (message.sequence() != expected) {
        continue;
      }
      consistent &= !message.dumpInterrupted();
      if (message.type() == NLMSG_DONE || message.type() == NLMSG_ERROR) {
        throwIfError(request.operation(), message);
        return consistent;
      }
      messages.add(message);
    }
  }

  @Override
  public synchronized List<NetlinkMessage> transaction(
      NetlinkRequest begin, List<NetlinkRequest> requests, NetlinkRequest end) {
    if (requests.isEmpty()) {
      return List.of();
    }
    int first = start(begin, 0);
    for (int i = 0; i < requests.size(); i++) {
      NetlinkRequest request = requests.get(i);
      int ack = i == requests.size() - 1 ? NLM_F_ACK : 0;
      out.message(
          request.type(), request.flags() | NLM_F_REQUEST | ack, ++sequence, request.body());
    }
    int last = sequence;
    out.message(end.type(), end.flags() | NLM_F_REQUEST, ++sequence, end.body());
    send(begin.operation());
    List<NetlinkMessage> echoes = new ArrayList<>();
    Optional<NetlinkException> failure = Optional.empty();
    while (true) {
      NetlinkMessage message = receive(begin.operation());
      int index = message.sequence() - first;
      if (index < 0 || message.sequence() > last) {
        continue;
      }
      if (message.type() != NLMSG_ERROR) {
        echoes.add(message);
        continue;
      }
      Acknowledgement ack = Acknowledgement.decode(message);
      if (ack.error() != 0 && failure.isEmpty()) {
        String operation = index == 0 ? begin.operation() : requests.get(index - 1).operation();
        failure = Optional.of(new NetlinkException(operation, ack.error(), ack.text()));
      }
      // An error against the begin message is about the batch as a whole and may stand alone.
      if (index == 0 || message.sequence() == last) {
        if (failure.isPresent()) {
          throw failure.get();
        }
        echoes.addAll(echoesWaiting(first, last));
        return echoes;
      }
    }
  }

  /** nf_tables notifies after the commit: echoes may be queued behind the acknowledgement. */
  private List<NetlinkMessage> echoesWaiting(int first, int last) {
    List<NetlinkMessage> echoes = new ArrayList<>();
    while (fill(Sockets.MSG_DONTWAIT, "echo") || !received.isEmpty()) {
      NetlinkMessage message = received.poll();
      if (message == null) {
        return echoes;
      }
      boolean ours = message.sequence() - first >= 0 && message.sequence() - last <= 0;
      if (ours && message.type() != NLMSG_ERROR) {
        echoes.add(message);
      }
    }
    return echoes;
  }

  @Override
  public void close() {
    fd.close();
  }

  /** Ends the use of this object, not the socket: its memory goes to the next one. */
  public synchronized void release() {
    received.clear();
    if (receiveBuffer.capacity() > 0) {
      buffers.giveBack(new NetlinkBuffers.Pair(sendBuffer, receiveBuffer));
      sendBuffer = ByteBuffer.allocate(0);
      receiveBuffer = sendBuffer;
    }
  }

  private int start(NetlinkRequest request, int flags) {
    out.clear();
    received.clear();
    out.message(
        request.type(), request.flags() | NLM_F_REQUEST | flags, ++sequence, request.body());
    return sequence;
  }

  private void send(String operation) {
    int size = out.size();
    if (sendBuffer.capacity() < size) {
      sendBuffer = NetlinkBuffers.allocate(Math.max(size, 2 * sendBuffer.capacity()));
    }
    if (size > sendLimit) {
      Sockets.setOption(fd, Sockets.SOL_SOCKET, Sockets.SO_SNDBUFFORCE, 2 * size);
      sendLimit = size;
    }
    sendBuffer.clear().put(out.written()).flip();
    try {
      Sockets.sendNetlink(fd, sendBuffer);
    } catch (NativeException e) {
      throw new NetlinkException(operation, e.errno().number(), "while sending " + size + " bytes");
    }
  }

  private NetlinkMessage receive(String operation) {
    NetlinkMessage message = received.poll();
    while (message == null) {
      fill(0, operation);
      message = received.poll();
    }
    return message;
  }

  private boolean fill(int flags, String operation) {
    Sockets.Received datagram = Sockets.receiveNetlink(fd, receiveBuffer, flags);
    int length = datagram.length();
    if (length == -Errno.EAGAIN.number()) {
      return false;
    }
    if (length < 0) {
      throw new NetlinkException(operation, -length, "while waiting for the answer");
    }
    if (length > receiveBuffer.capacity()) {
      receiveBuffer = NetlinkBuffers.allocate(2 * length);
      throw new NetlinkException(
          operation,
          Errno.EMSGSIZE.number(),
          "an answer of " + length + " bytes was cut; ask again");
    }
    // Only the kernel has port 0; anybody may send to a netlink socket of the same user.
    if (datagram.senderPort() == 0) {
      received.addAll(Datagram.split(receiveBuffer, length));
    }
    return true;
  }

  private static void throwIfError(String operation, NetlinkMessage message) {
    Acknowledgement ack = Acknowledgement.decode(message);
    if (ack.error() != 0) {
      throw new NetlinkException(operation, ack.error(), ack.text());
    }
  }
}
