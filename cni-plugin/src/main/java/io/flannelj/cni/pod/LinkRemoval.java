package io.flannelj.cni.pod;

import io.flannelj.libc.Errno;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.Links;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Deletes links and returns as soon as they are gone.
 *
 * <p>The kernel acknowledges RTM_DELLINK of a veth only after an RCU barrier of about 19 ms, and
 * sendto(2) blocks as long, but the link is gone and its RTM_DELLINK notification is out after 0.9
 * ms. So the request runs on a thread and socket of its own, and the caller goes on at whichever
 * comes first: the notification, the acknowledgement, or the news that there is no such link.
 */
public final class LinkRemoval implements AutoCloseable {
  private final HostNetwork host;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "link-removal");
            thread.setDaemon(true);
            return thread;
          });

  LinkRemoval(HostNetwork host) {
    this.host = host;
  }

  /**
   * Deletes the link with this index; a missing one is success.
   *
   * @throws NetlinkException if the kernel refuses
   */
  public void delete(LinkId link) {
    CompletableFuture<LinkWatcher.Event> gone = host.links().whenGone(link.index());
    CompletableFuture<Boolean> acknowledged = new CompletableFuture<>();
    threads.execute(() -> request(link, acknowledged));
    try {
      Object first = CompletableFuture.anyOf(gone, acknowledged).join();
      if (first == LinkWatcher.Event.LOST) {
        acknowledged.join();
      }
    } catch (CompletionException e) {
      if (e.getCause() instanceof NetlinkException cause) {
        throw cause;
      }
      throw e;
    } finally {
      host.links().forget(link.index());
    }
  }

  private void request(LinkId link, CompletableFuture<Boolean> acknowledged) {
    try {
      host.with(
          socket -> {
            socket.execute(Links.delete(link));
            return true;
          });
      acknowledged.complete(true);
    } catch (NetlinkException e) {
      if (e.errno() == Errno.ENODEV) {
        acknowledged.complete(true);
      } else {
        acknowledged.completeExceptionally(e);
      }
    } catch (RuntimeException e) {
      acknowledged.completeExceptionally(e);
    }
  }

  @Override
  public void close() {
    threads.shutdown();
  }
}
