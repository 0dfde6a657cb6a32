package io.flannelj.store.directory;

import io.flannelj.lease.Lease;
import io.flannelj.lease.SubnetKey;
import io.flannelj.libc.FileDescriptor;
import io.flannelj.libc.NativeException;
import io.flannelj.net.IpPrefix;
import io.flannelj.store.StoreException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Files of the store: read one or all, written by rename so that no reader sees half a lease,
 * changed under flock(2) on {@code .lock} so that two daemons never take one subnet.
 *
 * <p>A torn or foreign file is reported once and passed over: one bad file must not cost the
 * others.
 */
final class LeaseDirectory {
  private static final String LOCK = ".lock";
  // One block: a lease is smaller.
  private static final long MOST_BYTES = 4096;

  private final Path directory;
  private final Consumer<String> report;
  private volatile boolean seen;
  private volatile int lastCount;
  private volatile Supplier<Map<IpPrefix, Lease>> lastGood = Map::of;
  private final Map<String, String> reported = new ConcurrentHashMap<>();

  LeaseDirectory(Path directory, Consumer<String> report) {
    this.directory = directory;
    this.report = report;
  }

  Path path() {
    return directory;
  }

  /** What was there when it was last read completely; asked only if it looks worse now. */
  void expect(Supplier<Map<IpPrefix, Lease>> leases) {
    lastGood = leases;
  }

  /** What was there when it was last read completely. */
  Map<IpPrefix, Lease> lastGood() {
    return lastGood.get();
  }

  /** Files that are no usable leases at present, each with the reason. */
  List<String> passedOver() {
    List<String> texts = new ArrayList<>();
    new TreeMap<>(reported).forEach((name, why) -> texts.add(passedOver(name, why)));
    return texts;
  }

  private String passedOver(String name, String why) {
    return "lease file " + directory.resolve(name) + " is passed over: " + why;
  }

  /** Whether the file of a lease is there and cannot be used: torn, unreadable. */
  boolean isPassedOver(SubnetKey key) {
    return reported.containsKey(LeaseFile.nameOf(key));
  }

  /**
   * Makes the directory if it is missing at the start. One that was there, in this run or before,
   * and is gone is not made anew: an empty one would say that no other node exists.
   */
  void ensure() {
    if (Files.isDirectory(directory)) {
      return;
    }
    if (seen || hasPeers(lastGood.get())) {
      throw new StoreException(gone());
    }
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new StoreException(
          "store directory "
              + directory
              + " cannot be made ("
              + e
              + "): make it, or name another with --store-dir",
          e);
    }
  }

  /** What is said of a directory that was there. */
  String gone() {
    return "store directory " + directory + " is gone: mount it again, or make it (--store-dir)";
  }

  /** All readable leases, expired ones too. */
  Map<SubnetKey, Lease> readAll() {
    return readAll(() -> {});
  }

  /**
   * The same.
   *
   * @param step run after each file: one that takes long is still getting on
   */
  Map<SubnetKey, Lease> readAll(Runnable step) {
    String[] names = new File(directory.toString()).list();
    if (names == null) {
      throw new StoreException(
          "store directory "
              + directory
              + (Files.exists(directory) ? " cannot be read" : " does not exist")
              + ": check that it is a directory that root may read (--store-dir)");
    }
    reported.keySet().retainAll(Arrays.asList(names));
    Map<SubnetKey, Lease> leases = new HashMap<>(names.length * 4 / 3 + 1);
    for (String name : names) {
      Optional<SubnetKey> key = LeaseFile.keyOf(name);
      if (key.isPresent()) {
        read(key.get()).ifPresent(lease -> leases.put(key.get(), lease));
        step.run();
      } else if (!name.startsWith(".")) {
        reportOnce(name, "its name is no subnet's, such as 10.244.1.0-24.json");
      }
    }
    if (!seen && leases.isEmpty() && reported.isEmpty() && hasPeers(lastGood.get())) {
      throw new StoreException(
          "store directory "
              + directory
              + " has no lease at all, though there were "
              + lastGood.get().size()
              + " when it was last read: is it mounted? If it was emptied on purpose, remove this"
              + " node's snapshot (--snapshot-dir)");
    }
    seen = true;
    if (!leases.isEmpty()) {
      lastCount = leases.size();
    }
    return leases;
  }

  /**
   * Keeps us from leasing in a mount point whose mount is gone: with our lease in it, it would say
   * that no other node exists.
   *
   * @param leases all that are there now
   */
  void refuseEmptied(Map<SubnetKey, Lease> leases) {
    // A mount point may hold other things, such as lost+found.
    boolean torn = reported.keySet().stream().anyMatch(name -> LeaseFile.keyOf(name).isPresent());
    if (leases.isEmpty() && !torn && lastCount > 1) {
      throw new StoreException(
          "store directory "
              + directory
              + " has no lease at all, though there were "
              + lastCount
              + ": is it mounted? If it was emptied on purpose, stop the daemon, remove this node's"
              + " snapshot (--snapshot-dir) and start it again");
    }
  }

  private static boolean hasPeers(Map<IpPrefix, Lease> leases) {
    return leases.size() > 1;
  }

  /** One lease; empty if its file is gone, torn or foreign. */
  Optional<Lease> read(SubnetKey key) {
    String name = LeaseFile.nameOf(key);
    try {
      Lease lease = LeaseFile.read(key, Files.readAllBytes(directory.resolve(name)));
      reported.remove(name);
      return Optional.of(lease);
    } catch (NoSuchFileException e) {
      reported.remove(name);
      return Optional.empty();
    } catch (IOException | IllegalArgumentException e) {
      reportOnce(name, e instanceof IOException ? e.toString() : String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  /** Has a line logged. */
  void report(String text) {
    report.accept(text);
  }

  private void reportOnce(String name, String problem) {
    if (!problem.equals(reported.put(name, problem))) {
      report.accept(passedOver(name, problem));
    }
  }

  /** Writes a lease so that readers see the old or the new one. */
  void write(Lease lease) {
    Path target = directory.resolve(LeaseFile.nameOf(lease.key()));
    Path scratch = directory.resolve("." + target.getFileName() + ".new");
    try {
      Files.write(scratch, LeaseFile.write(lease));
      Files.move(
          scratch, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      discard(scratch);
      throw new StoreException(
          "lease file " + target + " cannot be written (" + e + "): check space and permissions",
          e);
    }
  }

  private static void discard(Path scratch) {
    try {
      Files.deleteIfExists(scratch);
    } catch (IOException e) {
      // The failure that is reported is the writing's; the next writing begins with this file.
    }
  }

  /** Why no lease could be written now, as far as one can tell without writing; empty if none. */
  String unwritable() {
    try {
      if (!Files.isWritable(directory)) {
        return "store directory "
            + directory
            + " cannot be written: our lease cannot be renewed there; mount it writable and let"
            + " root write (--store-dir)";
      }
      return Files.getFileStore(directory).getUsableSpace() >= MOST_BYTES
          ? ""
          : "store directory "
              + directory
              + " is full: our lease cannot be renewed there; make space";
    } catch (IOException e) {
      // Gone meanwhile, which the next look at it tells.
      return "";
    }
  }

  /** Removes a lease; a missing one is fine. */
  void delete(SubnetKey key) {
    Path target = directory.resolve(LeaseFile.nameOf(key));
    try {
      Files.deleteIfExists(target);
    } catch (IOException e) {
      throw new StoreException("lease file " + target + " cannot be removed (" + e + ")", e);
    }
  }

  /** Runs work while no other daemon changes the directory. */
  <T> T locked(Supplier<T> work) {
    ensure();
    String lock = directory.resolve(LOCK).toString();
    try (FileDescriptor fd =
        io.flannelj.libc.Files.open(
            lock, io.flannelj.libc.Files.O_RDWR | io.flannelj.libc.Files.O_CREAT, 0600)) {
      io.flannelj.libc.Files.flock(fd, io.flannelj.libc.Files.LOCK_EX);
      return work.get();
    } catch (NativeException e) {
      throw new StoreException(
          "store directory "
              + directory
              + " cannot be locked ("
              + e.getMessage()
              + "): it must be a directory that root may write (--store-dir)",
          e);
    }
  }
}
