package io.flannelj.store.kubernetes;

import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.store.StoreState;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Follows all Nodes on a thread of its own: lists once, then watches from the list's version, and
 * after a break from where it was. If the server does not keep that version any more (410), all is
 * listed again, and the difference is one snapshot.
 */
final class NodeWatch implements AutoCloseable {
  private static final long FIRST_RETRY_MILLIS = 100;
  private static final long LAST_RETRY_MILLIS = 5_000;
  // A watch that lasts for less, and tells nothing, proves nothing.
  private static final long SHORT_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int LEAST_SECONDS = 300;

  private final Api api;
  private final NodeFormat format;
  private final KnownNodes known;
  private final Consumer<KubeNode> each;
  private final Consumer<LeaseSnapshot> listener;
  private final Consumer<StoreState> state;
  private final Thread thread = new Thread(this::run, "lease-watch");
  private volatile Optional<Api.Exchange> open = Optional.empty();
  private volatile boolean closed;
  private Optional<StoreState> said = Optional.empty();
  // Opaque; empty: everything must be listed.
  private String version = "";
  private boolean listed;
  private long revision;
  private long retry = FIRST_RETRY_MILLIS;
  private int failures;

  /**
   * Not started yet.
   *
   * @param each told of every node that is seen, before it is in a snapshot
   */
  NodeWatch(
      Api api,
      NodeFormat format,
      KnownNodes known,
      Consumer<KubeNode> each,
      Consumer<LeaseSnapshot> listener,
      Consumer<StoreState> state) {
    this.api = api;
    this.format = format;
    this.known = known;
    this.each = each;
    this.listener = listener;
    this.state = state;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    open.ifPresent(Api.Exchange::close);
  }

  private void run() {
    while (!closed) {
      try {
        if (version.isEmpty()) {
          list();
        }
        watch();
      } catch (ApiException e) {
        failed(e, e.status() == NodeReader.GONE, e.retryMillis());
      } catch (IOException | RuntimeException e) {
        // Whatever it is: without this thread no change would ever be seen again.
        failed(e, false, 0);
      }
    }
  }

  /** A watch that breaks is taken up again before anybody is told. */
  private void failed(Exception problem, boolean gone, long wished) {
    if (closed) {
      return;
    }
    if (gone) {
      version = "";
      if (failures++ == 0) {
        return;
      }
    } else if (failures++ > 0 || problem instanceof ApiException) {
      say(StoreState.failing(String.valueOf(problem.getMessage())));
    }
    try {
      // Not all nodes at the same moment.
      long pause = retry / 2 + ThreadLocalRandom.current().nextLong(retry / 2 + 1);
      Thread.sleep(Math.max(pause, wished));
    } catch (InterruptedException e) {
      closed = true;
    }
    retry = Math.min(LAST_RETRY_MILLIS, retry * 2);
  }

  /** It goes on: the next failure is the first one. */
  private void settled() {
    failures = 0;
    retry = FIRST_RETRY_MILLIS;
  }

  private void well() {
    List<String> notes = new ArrayList<>();
    known.problems().forEach(notes::add);
    say(notes.isEmpty() ? StoreState.GOOD : new StoreState("", notes));
  }

  private void say(StoreState now) {
    if (said.isEmpty() || !said.get().equals(now)) {
      said = Optional.of(now);
      state.accept(now);
    }
  }

  /** Out of the server's memory the first time; later nothing older than what was seen will do. */
  private void list() throws IOException {
    Set<String> seen = new HashSet<>();
    String more = "";
    NodeReader.ListEnd end;
    do {
      String query = listed ? "?limit=500" + more : "?resourceVersion=0";
      end =
          api.get(
              "/api/v1/nodes" + query,
              NodeFormat.ACCEPTED,
              (type, body) -> format.list(type, body, node -> see(node, seen)));
      more = "&continue=" + end.more();
    } while (!end.more().isEmpty());
    known.retain(seen);
    version = end.resourceVersion();
    listed = true;
    publish();
    well();
  }

  private void see(KubeNode node, Set<String> seen) {
    seen.add(node.name());
    each.accept(node);
    known.put(node);
  }

  private void publish() {
    listener.accept(new LeaseSnapshot(++revision, true, known.publish()));
  }

  private void watch() throws IOException {
    int seconds = LEAST_SECONDS + ThreadLocalRandom.current().nextInt(LEAST_SECONDS);
    long opened = System.nanoTime();
    try (Api.Exchange exchange =
        api.watch(
            "/api/v1/nodes?watch=1&allowWatchBookmarks=true&timeoutSeconds="
                + seconds
                + "&resourceVersion="
                + version)) {
      open = Optional.of(exchange);
      well();
      follow(exchange);
    } finally {
      open = Optional.empty();
      if (System.nanoTime() - opened > SHORT_NANOS) {
        settled();
      }
    }
    if (System.nanoTime() - opened < SHORT_NANOS) {
      // Taken up again at once it could be without end.
      throw new IOException("the API server ends the watch of nodes as soon as it began");
    }
  }

  private void follow(Api.Exchange exchange) throws IOException {
    try {
      NodeFormat.Events events =
          format.events(exchange.answer().header("content-type"), exchange.body());
      for (Optional<NodeReader.Event> event = events.next();
          event.isPresent() && !closed;
          event = events.next()) {
        fold(event.get());
        settled();
      }
    } catch (SocketTimeoutException e) {
      throw exchange.silence();
    }
  }

  private void fold(NodeReader.Event event) throws ApiException {
    if (event instanceof NodeReader.Event.Present present) {
      each.accept(present.node());
      known.put(present.node());
      version = present.node().resourceVersion();
    } else if (event instanceof NodeReader.Event.Gone gone) {
      known.remove(gone.node().name());
      version = gone.node().resourceVersion();
    } else if (event instanceof NodeReader.Event.Bookmark bookmark) {
      version = bookmark.resourceVersion();
      return;
    } else if (event instanceof NodeReader.Event.Failed failed) {
      throw new ApiException(
          failed.code(), 0, "the watch of nodes ended: " + failed.code() + " " + failed.message());
    }
    publish();
    well();
  }
}
