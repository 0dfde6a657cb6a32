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
 * The host's network namespace as the plugins use it: pools of netlink sockets, so that calls
 * running at once do not wait for each other's answers, and the watcher of link events.
 */
public final class HostNetwork implements AutoCloseable {
  private static final int IDLE_SOCKETS = 32;

  private final Pool rtnetlink;
  private final Pool nftables;
  private final LinkWatcher links;
  private final LinkRemoval removal;

  private HostNetwork(Function<NetlinkFamily, NetlinkSocket> opener, LinkWatcher links) {
    this.rtnetlink = new Pool(() -> opener.apply(NetlinkFamily.ROUTE));
    this.nftables = new Pool(() -> opener.apply(NetlinkFamily.NETFILTER));
    this.links = links;
    this.removal = new LinkRemoval(this);
  }

  /** Opens the calling thread's network namespace. */
  public static HostNetwork open() {
    return new HostNetwork(NetlinkSocket::open, LinkWatcher.start());
  }

  /** Opens another network namespace, which must stay open as long as this is used. */
  public static HostNetwork open(NetworkNamespace namespace) {
    return new HostNetwork(namespace::openNetlink, namespace.call(LinkWatcher::start));
  }

  /** Runs work with an rtnetlink socket that nobody else uses meanwhile. */
  public <T> T with(Function<NetlinkTransport, T> work) {
    return rtnetlink.with(work);
  }

  /** Runs work with a netfilter socket that nobody else uses meanwhile. */
  public <T> T withNftables(Function<NetlinkTransport, T> work) {
    return nftables.with(work);
  }

  /** Link events of this namespace. */
  public LinkWatcher links() {
    return links;
  }

  /** Deletes links without waiting for what the kernel does after they are gone. */
  public LinkRemoval removal() {
    return removal;
  }

  @Override
  public void close() {
    removal.close();
    links.close();
    rtnetlink.close();
    nftables.close();
  }

  private static final class Pool implements AutoCloseable {
    private final Supplier<NetlinkSocket> opener;
    private final Deque<NetlinkSocket> idle = new ArrayDeque<>();
    private boolean closed;

    private Pool(Supplier<NetlinkSocket> opener) {
      this.opener = opener;
    }

    private <T> T with(Function<NetlinkTransport, T> work) {
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
      idle.forEach(NetlinkSocket::close);
      idle.clear();
    }
  }
}
