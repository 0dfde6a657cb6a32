package io.flannelj.store.etcd;

import io.flannelj.collection.PersistentMap;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.IpPrefix;
import io.flannelj.store.StoreException;
import io.flannelj.store.StoreState;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Follows all leases on a thread of its own: lists once, then watches from the revision after, so
 * that nothing is missed; after a break from where it was. If etcd does not keep that revision any
 * more, or is another or an older one than before (restored from a backup), all is listed again and
 * the difference is one snapshot.
 */
final class EtcdWatch {
  private static final long FIRST_RETRY_MILLIS = 100;
  private static final long LAST_RETRY_MILLIS = 5_000;
  private static final long END_MILLIS = 1_000;

  private final Etcd etcd;
  private final Patience patience;
  private final Consumer<LeaseSnapshot> listener;
  private final Consumer<StoreState> state;
  private final KnownLeases known;
  private final Thread thread = new Thread(this::run, "lease-watch");
  private PersistentMap<IpPrefix, Lease> published = PersistentMap.empty();
  private Optional<StoreState> said = Optional.empty();
  private String clusterId = "";
  // The first revision that is not in known.
  private long next;
  private long revision;
  private long retry = FIRST_RETRY_MILLIS;
  private Optional<Long> lossEnd = Optional.empty();
  private volatile boolean closed;

  EtcdWatch(
      Etcd etcd,
      Consumer<String> report,
      UnaryOperator<Lease> naming,
      Consumer<LeaseSnapshot> listener,
      Consumer<StoreState> state) {
    this.etcd = etcd;
    this.patience = etcd.client().patience();
    this.listener = listener;
    this.state = state;
    this.known = new KnownLeases(etcd.subnets(), report, naming);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Ends it; what it uses can be closed afterwards. */
  void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join(END_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (!closed) {
      try {
        follow();
      } catch (InterruptedException e) {
        return;
      } catch (StoreException e) {
        failed(String.valueOf(e.getMessage()));
      } catch (IOException e) {
        failed("cannot watch " + etcd.subnets() + ": " + etcd.explain(e));
      } catch (RuntimeException e) {
        failed("cannot watch " + etcd.subnets() + ": " + e);
      }
    }
  }

  private void failed(String problem) {
    if (closed) {
      return;
    }
    say(StoreState.failing(problem));
    try {
      // Not all nodes at the same moment.
      Thread.sleep(retry / 2 + ThreadLocalRandom.current().nextLong(retry / 2 + 1));
    } catch (InterruptedException e) {
      closed = true;
    }
    retry = Math.min(LAST_RETRY_MILLIS, retry * 2);
  }

  private void say(StoreState now) {
    if (said.isEmpty() || !said.get().equals(now)) {
      said = Optional.of(now);
      state.accept(now);
    }
  }

  /** Until the watch breaks, or all has to be listed again. */
  private void follow() throws IOException, InterruptedException {
    if (next == 0) {
      list();
    }
    try (WatchStream stream = etcd.client().watch(Requests.watch(etcd.subnets(), next))) {
      try {
        boolean goesOn = begun(stream);
        while (goesOn && !closed) {
          Optional<Answer> answer = stream.next(waitMillis());
          goesOn = answer.isPresent() ? fold(stream, answer.get()) : silent(stream);
        }
      } catch (EtcdException e) {
        if (e.isOfMember()) {
          etcd.client().leave(stream.endpoint());
        }
        if (e.isOfToken()) {
          etcd.client().forgetToken();
        }
        throw e;
      }
    }
  }

  private long waitMillis() {
    return lossEnd
        .map(end -> Math.max(1, Math.min(patience.silence(), end - nowMillis())))
        .orElse(patience.silence());
  }

  private static long nowMillis() {
    return System.nanoTime() / 1_000_000;
  }

  private void list() {
    Listing listing = etcd.list();
    boolean sameCluster = clusterId.isEmpty() || clusterId.equals(listing.clusterId());
    boolean lost = lossEnd.isEmpty() && known.lacksAll(listing.kvs());
    if (lost) {
      lossEnd = Optional.of(nowMillis() + patience.loss());
    } else if (lossEnd.isPresent() && nowMillis() >= lossEnd.get()) {
      lossEnd = Optional.empty();
    }
    if (!sameCluster) {
      // Its revisions mean nothing beside those of the other.
      known.forgetRevisions();
    }
    known.replace(listing.kvs(), lossEnd.isEmpty());
    clusterId = listing.clusterId();
    next = listing.revision() + 1;
    publish();
  }

  /** Folds in an answer and those that are here already; whether the watch goes on. */
  private boolean fold(WatchStream stream, Answer first) throws IOException, InterruptedException {
    boolean goesOn = fold(first);
    Optional<Answer> more = goesOn ? stream.next(0) : Optional.empty();
    while (more.isPresent()) {
      goesOn = fold(more.get());
      more = goesOn ? stream.next(0) : Optional.empty();
    }
    if (goesOn) {
      retry = FIRST_RETRY_MILLIS;
      publish();
    }
    return goesOn;
  }

  private boolean fold(Answer answer) throws EtcdException {
    boolean other = !answer.clusterId().equals(clusterId);
    boolean older = answer.created() && answer.revision() < next - 1;
    if (other || older || answer.compactRevision() > 0) {
      next = 0;
      return false;
    }
    if (answer.canceled()) {
      throw EtcdException.refused(0, "the watch was cancelled: " + answer.reason());
    }
    for (Answer.Event event : answer.events()) {
      if (event.deleted()) {
        known.remove(event.kv().key());
      } else {
        known.put(event.kv());
      }
      next = Math.max(next, event.kv().modRevision() + 1);
    }
    // Of an answer with events its revision may be ahead of them, with more events to come.
    if (answer.events().isEmpty() && !answer.created()) {
      next = Math.max(next, answer.revision() + 1);
    }
    return true;
  }

  /** A member says at once that a watch begins, unless it hangs. */
  private boolean begun(WatchStream stream) throws IOException, InterruptedException {
    Optional<Answer> first = stream.next(patience.call());
    if (first.isEmpty()) {
      throw EtcdException.unreached(
          stream.endpoint().url() + " (no answer within " + patience.call() + " ms)");
    }
    return fold(stream, first.get());
  }

  /** A member that hangs is as silent as one that has nothing to tell, so it is asked. */
  private boolean silent(WatchStream stream) throws IOException, InterruptedException {
    if (lossEnd.isPresent() && nowMillis() >= lossEnd.get()) {
      next = 0;
      return false;
    }
    try {
      etcd.client().probe(stream.endpoint(), etcd.configKey());
    } catch (EtcdException e) {
      // What it refuses, the next call of the lease tells: it lives.
      if (e.isOfMember()) {
        throw e;
      }
    }
    return true;
  }

  private void publish() {
    PersistentMap<IpPrefix, Lease> leases = known.publish();
    say(new StoreState(lossEnd.isPresent() ? loss() : "", known.notes()));
    if (revision == 0 || !leases.equals(published)) {
      published = leases;
      listener.accept(new LeaseSnapshot(++revision, true, leases));
    }
  }

  private String loss() {
    return "etcd lost all leases that were there below "
        + etcd.subnets()
        + "; those that nodes do not take again within "
        + patience.loss() / 1000
        + " s are dropped then";
  }
}
