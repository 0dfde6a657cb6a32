package io.flannelj.daemon;

import io.flannelj.lease.Lease;
import io.flannelj.store.LeaseRequest;
import io.flannelj.store.LeaseStore;
import io.flannelj.store.NodeIdentity;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renews our lease and takes it again when it is lost, on a thread of its own: a store that fails
 * or hangs must not keep the node from being mended. What fails is tried again until it succeeds.
 */
final class LeaseKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseKeeper.class);
  private static final long RETRY_MILLIS = 5_000;

  private final LeaseStore store;
  private final Runnable changed;
  private final ScheduledThreadPoolExecutor worker =
      new ScheduledThreadPoolExecutor(
          1, LeaseKeeper::thread, new ThreadPoolExecutor.DiscardPolicy());
  private boolean busy;
  private Optional<Lease> taken = Optional.empty();
  private volatile String problem = "";
  private volatile String twin = "";
  private volatile String note = "";

  /**
   * Over a store.
   *
   * @param changed told that {@link #take} has something, or a text changed
   */
  LeaseKeeper(LeaseStore store, Runnable changed) {
    this.store = store;
    this.changed = changed;
    worker.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    worker.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "lease-keeper");
    thread.setDaemon(true);
    return thread;
  }

  /** Does something again and again that asks the store too. */
  void repeat(Runnable look, long millis) {
    worker.scheduleWithFixedDelay(
        () -> {
          try {
            look.run();
          } catch (RuntimeException e) {
            LOG.debug("the store cannot be asked", e);
          }
        },
        millis,
        millis,
        TimeUnit.MILLISECONDS);
  }

  /** Leases anew or renews, soon; does nothing while an earlier wish is being fulfilled. */
  void renew(LeaseRequest request) {
    start(() -> taken(store.acquire(request)));
  }

  /**
   * The store seems to have our name with another address. Of two living nodes with one name the
   * one that had the lease first takes it back once, so that the other sees it too and gives way.
   */
  void contest(LeaseRequest request, Lease ours) {
    start(
        () -> {
          Optional<Lease> there = store.findByNode(NodeIdentity.of(ours));
          if (there.isEmpty() || there.get().publicIp().equals(ours.publicIp())) {
            say("", note);
          } else if (isReplaced(there.get())) {
            say(
                "another daemon with this node's name \""
                    + ours.node()
                    + "\" runs at "
                    + there.get().publicIp()
                    + " and keeps the lease of "
                    + there.get().subnet()
                    + ": give one of the two nodes another --node-name",
                note);
          } else {
            String text =
                "another daemon with this node's name \""
                    + ours.node()
                    + "\" took our lease of "
                    + ours.subnet()
                    + " for "
                    + there.get().publicIp()
                    + " at "
                    + Instant.now().truncatedTo(ChronoUnit.SECONDS)
                    + "; it was taken back: give that node another --node-name";
            taken(store.acquire(request));
            say("", text);
          }
        });
  }

  private boolean isReplaced(Lease there) {
    return store.replaced().filter(was -> was.publicIp().equals(there.publicIp())).isPresent();
  }

  private void say(String newTwin, String newNote) {
    if (!newTwin.isEmpty() && !newTwin.equals(twin)) {
      LOG.error("{}", newTwin);
    }
    if (!newNote.equals(note)) {
      LOG.error("{}", newNote);
    }
    boolean news = !newTwin.equals(twin) || !newNote.equals(note);
    twin = newTwin;
    note = newNote;
    if (news) {
      changed.run();
    }
  }

  private synchronized void start(Runnable wish) {
    if (!busy) {
      busy = true;
      worker.execute(() -> attempt(wish));
    }
  }

  private void attempt(Runnable wish) {
    try {
      wish.run();
      if (!problem.isEmpty()) {
        LOG.info("our lease can be renewed again");
      }
      problem = "";
      synchronized (this) {
        busy = false;
      }
    } catch (RuntimeException e) {
      String text = String.valueOf(e.getMessage());
      if (!text.equals(problem)) {
        LOG.warn("our lease cannot be renewed: {}", text);
        problem = text;
      }
      worker.schedule(() -> attempt(wish), RETRY_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void taken(Lease lease) {
    synchronized (this) {
      taken = Optional.of(lease);
    }
    changed.run();
  }

  /** A lease that was taken since the last call. */
  synchronized Optional<Lease> take() {
    Optional<Lease> lease = taken;
    taken = Optional.empty();
    return lease;
  }

  /** Why our lease cannot be renewed; empty if it was, or need not be. */
  String problem() {
    return problem;
  }

  /** Tells of another living node with our name that has our lease; empty if there is none. */
  String twin() {
    return twin;
  }

  /** What else is to be told; empty if there is nothing. */
  String note() {
    return note;
  }

  @Override
  public void close() {
    worker.shutdownNow();
  }
}
