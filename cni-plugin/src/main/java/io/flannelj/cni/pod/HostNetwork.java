package io.flannelj.cni.pod;

import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netns.NetworkNamespace;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The host's network namespace as the plugins use it: a pool of rtnetlink sockets, so that calls
 * running at once do not wait for each other's answers, and the watcher of link events.
 */
public final class HostNetwork implements AutoCloseable {
  private static final int IDLE_SOCKETS = 32;

  private final Deque<NetlinkSocket> idle = new ArrayDeque<>();
  private final Supplier<NetlinkSocket> opener;
  private final LinkWatcher links;
  private final LinkRemoval removal;
  private boolean closed;

  private HostNetwork(Supplier<NetlinkSocket> opener, LinkWatcher links) {
    this.opener = opener;
    this.links = links;
    this.removal = new LinkRemoval(this);
  }

  /** Opens the calling thread's network namespace. */
  public static HostNetwork open() {
    return new HostNetwork(() -> NetlinkSocket.open(NetlinkFamily.ROUTE), LinkWatcher.start());
  }

  /** Opens another network namespace, which must stay open as long as this is used. */
  public static HostNetwork open(NetworkNamespace namespace) {
    return new HostNetwork(
        () -> namespace.openNetlink(NetlinkFamily.ROUTE), namespace.call(LinkWatcher::start));
  }

  /** Runs work with an rtnetlink socket that nobody else uses meanwhile. */
  public <T> T with(Function<NetlinkTransport, T> work) {
    NetlinkSocket socket = borrow();
    boolean clean = false;
    try {
      T result = work.apply(socket);
      clean = true;
      return result;
    } finally {
      giveBack(socket, clean);
    }
  }

  /** Link events of this namespace. */
  public LinkWatcher links() {
    return links;
  }

  /** Deletes links without waiting for what the kernel does after they are gone. */
  public LinkRemoval removal() {
    return removal;
  }

  private synchronized NetlinkSocket borrow() {
    NetlinkSocket socket = idle.pollFirst();
    return socket != null ? socket : opener.get();
  }

  private synchronized void giveBack(NetlinkSocket socket, boolean clean) {
    if (!clean || closed || idle.size() >= IDLE_SOCKETS) {
      socket.close();
    } else {
      idle.addFirst(socket);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    removal.close();
    links.close();
    idle.forEach(NetlinkSocket::close);
    idle.clear();
  }
}
