package io.flannelj.store.directory;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;
import static java.nio.file.StandardWatchEventKinds.OVERFLOW;

import io.flannelj.collection.PersistentMap;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.lease.SubnetKey;
import io.flannelj.net.IpPrefix;
import io.flannelj.store.LeaseClock;
import io.flannelj.store.StoreException;
import io.flannelj.store.StoreState;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Follows the directory on a thread of its own. A change of one file costs reading that file; the
 * whole directory is read at the start, after an overflow, and every half minute, since a shared
 * file system tells nothing of other machines' changes. A directory that vanished is looked for
 * until it is back; what was known stays known meanwhile, also what went shortly before it.
 *
 * <p>A call into a file system that hangs returns when that answers, and nothing ends it before. So
 * a second thread looks whether the first gets on, and says so if it does not.
 */
final class DirectoryWatch {
  private static final long RELIST_MILLIS = 30_000;
  private static final long RETRY_MILLIS = 1_000;
  // inotify follows a directory that is moved away or mounted over, so its identity is looked at.
  private static final long IDENTITY_MILLIS = 1_000;
  private static final long LOOK_MILLIS = 1_000;
  private static final long PATIENCE_SECONDS = 10;

  private final LeaseDirectory directory;
  private final LeaseClock clock;
  private final Consumer<LeaseSnapshot> listener;
  private final Consumer<StoreState> state;
  private final Thread thread = new Thread(this::run, "lease-watch");
  private final Thread guard = new Thread(this::guard, "lease-guard");
  private Map<SubnetKey, Lease> known = new HashMap<>();
  private final Departures departures = new Departures();
  private PersistentMap<IpPrefix, Lease> published = PersistentMap.empty();
  private Optional<StoreState> said = Optional.empty();
  private final Doubt doubt = new Doubt();
  private String unwritable = "";
  private String empty = "";
  private int standing;
  private long revision;
  private long nextList;
  private long nextExpiry;
  private volatile boolean closed;

  DirectoryWatch(
      LeaseDirectory directory,
      LeaseClock clock,
      Consumer<LeaseSnapshot> listener,
      Consumer<StoreState> state) {
    this.directory = directory;
    this.clock = clock;
    this.listener = listener;
    this.state = state;
    thread.setDaemon(true);
    guard.setDaemon(true);
  }

  void start() {
    thread.start();
    guard.start();
  }

  void close() {
    closed = true;
    thread.interrupt();
    guard.interrupt();
  }

  /** Counts its own looks and asks no clock: after a pause of the whole process none is missing. */
  private void guard() {
    try {
      while (!closed) {
        Thread.sleep(LOOK_MILLIS);
        look();
      }
    } catch (InterruptedException e) {
      // Closed.
    }
  }

  private synchronized void look() {
    standing++;
    if (standing * LOOK_MILLIS >= PATIENCE_SECONDS * 1000) {
      StoreException silent =
          StoreException.silent("directory " + directory.path(), PATIENCE_SECONDS);
      say(StoreState.failing(String.valueOf(silent.getMessage())));
    }
  }

  /** The file system has answered. What is said next takes the place of what the guard said. */
  private synchronized void gotOn() {
    standing = 0;
  }

  private void run() {
    while (!closed) {
      try {
        follow();
      } catch (InterruptedException e) {
        return;
      } catch (FileSystemException e) {
        failed("store directory " + directory.path() + " cannot be followed (" + e + ")");
      } catch (IOException | RuntimeException e) {
        failed(String.valueOf(e.getMessage()));
      }
    }
  }

  private synchronized void say(StoreState now) {
    if (said.isEmpty() || !said.get().equals(now)) {
      said = Optional.of(now);
      state.accept(now);
    }
  }

  private void failed(String problem) {
    gotOn();
    say(StoreState.failing(problem));
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
        gotOn();
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
        if (departures.waitMillis(System.nanoTime()) == 0) {
          publish(departures.believe());
        }
      }
    }
  }

  private void timePassed() {
    if (clock.uptime() >= nextList) {
      list();
    } else if (clock.certain() >= nextExpiry) {
      publish();
    }
    String now = directory.unwritable();
    if (!now.isEmpty() && !now.equals(unwritable)) {
      directory.report(now);
    }
    unwritable = now;
    sayHowItGoes();
  }

  private void sayHowItGoes() {
    List<String> notes = directory.passedOver();
    doubt.text(directory.path()).ifPresent(notes::add);
    if (!unwritable.isEmpty()) {
      notes.add(unwritable);
    }
    say(new StoreState(empty, notes));
  }

  private Object identity() throws IOException {
    try {
      Object key = Files.readAttributes(directory.path(), BasicFileAttributes.class).fileKey();
      return key == null ? "" : key;
    } catch (NoSuchFileException e) {
      throw new IOException(directory.gone(), e);
    }
  }

  private void list() {
    Map<SubnetKey, Lease> before = known;
    known = new HashMap<>(directory.readAll(this::gotOn));
    if (!directory.passedOver().isEmpty()) {
      (revision == 0 ? directory.lastGood() : before).values().forEach(this::keepIfPassedOver);
    }
    before.values().stream()
        .filter(lease -> !known.containsKey(lease.key()))
        .forEach(lease -> departures.add(lease, System.nanoTime()));
    known.keySet().forEach(departures::back);
    long now = clock.certain();
    known.values().forEach(lease -> doubt.seen(lease, now));
    nextList = clock.uptime() + RELIST_MILLIS;
    publish();
  }

  private void fold(WatchKey key) {
    boolean overflow = false;
    Set<SubnetKey> touched = new HashSet<>();
    for (WatchEvent<?> event : key.pollEvents()) {
      if (event.kind() == OVERFLOW) {
        overflow = true;
      } else if (event.context() instanceof Path name) {
        LeaseFile.keyOf(name.toString()).ifPresent(touched::add);
      }
    }
    key.reset();
    boolean doubted = doubt.keepsAny();
    for (SubnetKey subnet : touched) {
      reread(subnet);
      gotOn();
    }
    boolean settled = doubted && !doubt.keepsAny();
    if (overflow) {
      list();
    } else if (revision == 0 || settled || clock.certain() >= nextExpiry) {
      publish();
    } else {
      publish(touched);
    }
  }

  private void reread(SubnetKey key) {
    Optional<Lease> lease = directory.read(key);
    if (lease.isPresent()) {
      known.put(key, lease.get());
      departures.back(key);
      doubt.seen(lease.get(), clock.certain());
    } else if (!directory.isPassedOver(key)) {
      Optional.ofNullable(known.remove(key))
          .ifPresent(gone -> departures.add(gone, System.nanoTime()));
    }
  }

  /** A torn file says nothing of its lease, least of all that it is no more. */
  private void keepIfPassedOver(Lease lease) {
    if (directory.isPassedOver(lease.key())) {
      known.putIfAbsent(lease.key(), lease);
    }
  }

  private void publish() {
    long now = clock.certain();
    if (revision == 0) {
      doubt.look(known.values(), now, clock.uptime());
      doubt.text(directory.path()).ifPresent(directory::report);
    }
    Map<IpPrefix, Lease> live = new HashMap<>(known.size() * 4 / 3 + 1);
    nextExpiry = Long.MAX_VALUE;
    for (Lease lease : counting()) {
      boolean expired = lease.isExpired(now);
      if (!expired) {
        nextExpiry = Math.min(nextExpiry, lease.expiresAt());
      }
      if (!expired || doubt.keeps(lease, clock.uptime())) {
        live.merge(lease.subnet(), lease, DirectoryWatch::younger);
      }
    }
    PersistentMap.Editor<IpPrefix, Lease> editor = published.edit();
    published.keySet().stream().filter(key -> !live.containsKey(key)).forEach(editor::remove);
    live.forEach(editor::put);
    publish(editor.done());
  }

  private Collection<Lease> counting() {
    if (departures.leases().isEmpty()) {
      return known.values();
    }
    List<Lease> all = new ArrayList<>(known.values());
    all.addAll(departures.leases());
    return all;
  }

  /** The same for some subnets, at the price of the change. */
  private void publish(Set<SubnetKey> touched) {
    long now = clock.certain();
    PersistentMap.Editor<IpPrefix, Lease> editor = published.edit();
    for (SubnetKey key : touched) {
      SubnetKey ofOneFamily = new SubnetKey(key.subnet(), Optional.empty());
      SubnetKey before =
          Optional.ofNullable(published.get(key.subnet())).map(Lease::key).orElse(ofOneFamily);
      Optional<Lease> live =
          Stream.of(ofOneFamily, before, key)
              .flatMap(candidate -> find(candidate).stream())
              .filter(lease -> !lease.isExpired(now) || doubt.keeps(lease, clock.uptime()))
              .reduce(DirectoryWatch::younger);
      live.ifPresentOrElse(
          lease -> {
            nextExpiry =
                lease.isExpired(now) ? nextExpiry : Math.min(nextExpiry, lease.expiresAt());
            editor.put(key.subnet(), lease);
          },
          () -> editor.remove(key.subnet()));
    }
    publish(editor.done());
  }

  private Optional<Lease> find(SubnetKey key) {
    return Optional.ofNullable(known.get(key)).or(() -> departures.find(key));
  }

  private void publish(PersistentMap<IpPrefix, Lease> live) {
    if (live.isEmpty() && !published.isEmpty()) {
      // Not even our own lease: most likely a mount point without its mount. What was known stays.
      empty =
          "store directory "
              + directory.path()
              + " has no lease at all, not even ours; is it mounted?";
      sayHowItGoes();
      return;
    }
    empty = "";
    sayHowItGoes();
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
    long until = Math.min(nextList - clock.uptime(), nextExpiry - clock.certain());
    long settled = departures.waitMillis(System.nanoTime());
    return Math.max(1, Math.min(settled, Math.min(IDENTITY_MILLIS, until)));
  }
}
