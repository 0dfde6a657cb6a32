package io.flannelj.store.directory;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;
import static java.nio.file.StandardWatchEventKinds.OVERFLOW;

import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.lease.SubnetKey;
import io.flannelj.net.IpPrefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Follows the directory on a thread of its own. A change of one file costs reading that file; the
 * whole directory is read at the start, after an overflow, and every half minute, since a shared
 * file system tells nothing of other machines' changes. A directory that vanished is looked for
 * until it is back; what was known stays known meanwhile.
 */
final class DirectoryWatch {
  private static final long RELIST_MILLIS = 30_000;
  private static final long RETRY_MILLIS = 1_000;
  // inotify follows a directory that is moved away or mounted over, so its identity is looked at.
  private static final long IDENTITY_MILLIS = 1_000;

  private final LeaseDirectory directory;
  private final Clock clock;
  private final Consumer<LeaseSnapshot> listener;
  private final Consumer<String> trouble;
  private final Thread thread = new Thread(this::run, "lease-watch");
  private Map<SubnetKey, Lease> known = new HashMap<>();
  private Map<IpPrefix, Lease> published = Map.of();
  private long revision;
  private long nextList;
  private long nextExpiry;
  private volatile boolean closed;

  DirectoryWatch(
      LeaseDirectory directory,
      Clock clock,
      Consumer<LeaseSnapshot> listener,
      Consumer<String> trouble) {
    this.directory = directory;
    this.clock = clock;
    this.listener = listener;
    this.trouble = trouble;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  void close() {
    closed = true;
    thread.interrupt();
  }

  private void run() {
    while (!closed) {
      try {
        follow();
      } catch (InterruptedException e) {
        return;
      } catch (IOException | RuntimeException e) {
        trouble.accept(String.valueOf(e.getMessage()));
        pause();
      }
    }
  }

  private void pause() {
    try {
      Thread.sleep(RETRY_MILLIS);
    } catch (InterruptedException e) {
      closed = true;
    }
  }

  /** Until the directory goes away or cannot be read. */
  private void follow() throws IOException, InterruptedException {
    directory.ensure();
    try (WatchService watcher = directory.path().getFileSystem().newWatchService()) {
      WatchKey key = directory.path().register(watcher, ENTRY_CREATE, ENTRY_MODIFY, ENTRY_DELETE);
      Object identity = identity();
      list();
      while (!closed) {
        WatchKey ready = watcher.poll(waitMillis(), TimeUnit.MILLISECONDS);
        if (ready == null) {
          timePassed();
        } else {
          fold(ready);
        }
        if (!key.isValid() || !identity.equals(identity())) {
          throw new IOException(
              "store directory " + directory.path() + " was removed or replaced; waiting for it");
        }
      }
    }
  }

  private void timePassed() {
    long now = clock.millis();
    if (now >= nextList) {
      list();
    } else if (now >= nextExpiry) {
      publish();
    }
  }

  private Object identity() throws IOException {
    try {
      Object key = Files.readAttributes(directory.path(), BasicFileAttributes.class).fileKey();
      return key == null ? "" : key;
    } catch (NoSuchFileException e) {
      throw new IOException("store directory " + directory.path() + " is gone", e);
    }
  }

  private void list() {
    known = new HashMap<>(directory.readAll());
    nextList = clock.millis() + RELIST_MILLIS;
    publish();
  }

  private void fold(WatchKey key) {
    boolean overflow = false;
    for (WatchEvent<?> event : key.pollEvents()) {
      if (event.kind() == OVERFLOW) {
        overflow = true;
      } else if (event.context() instanceof Path name) {
        LeaseFile.keyOf(name.toString()).ifPresent(this::reread);
      }
    }
    key.reset();
    if (overflow) {
      list();
    } else {
      publish();
    }
  }

  private void reread(SubnetKey key) {
    Optional<Lease> lease = directory.read(key);
    if (lease.isPresent()) {
      known.put(key, lease.get());
    } else {
      known.remove(key);
    }
  }

  private void publish() {
    long now = clock.millis();
    Map<IpPrefix, Lease> live = new HashMap<>(known.size() * 4 / 3 + 1);
    nextExpiry = Long.MAX_VALUE;
    for (Lease lease : known.values()) {
      if (!lease.isExpired(now)) {
        nextExpiry = Math.min(nextExpiry, lease.expiresAt());
        live.merge(lease.subnet(), lease, DirectoryWatch::younger);
      }
    }
    if (live.isEmpty() && !published.isEmpty()) {
      // Not even our own lease: most likely a mount point without its mount. What was known stays.
      trouble.accept(
          "store directory "
              + directory.path()
              + " has no lease at all, not even ours; is it mounted?");
      return;
    }
    trouble.accept("");
    if (revision == 0 || !live.equals(published)) {
      published = live;
      listener.accept(new LeaseSnapshot(++revision, true, live));
    }
  }

  /** A node that changes to dual stack has two files with one IPv4 subnet for a moment. */
  private static Lease younger(Lease one, Lease other) {
    return one.expiresAt() > other.expiresAt() ? one : other;
  }

  /** Until the next listing or the next expiry. */
  private long waitMillis() {
    long now = clock.millis();
    long until = Math.min(nextList, nextExpiry);
    return Math.max(1, Math.min(IDENTITY_MILLIS, until - now));
  }
}
