package io.flannelj.store.directory;

import io.flannelj.lease.Lease;
import io.flannelj.lease.SubnetKey;
import io.flannelj.libc.FileDescriptor;
import io.flannelj.libc.NativeException;
import io.flannelj.store.StoreException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
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

  private final Path directory;
  private final Consumer<String> report;
  private volatile boolean seen;
  private final Map<String, String> reported = new ConcurrentHashMap<>();

  LeaseDirectory(Path directory, Consumer<String> report) {
    this.directory = directory;
    this.report = report;
  }

  Path path() {
    return directory;
  }

  /**
   * Makes the directory if it is missing at the start. One that was there and is gone is not made
   * anew: an empty one would say that no other node exists.
   */
  void ensure() {
    if (Files.isDirectory(directory)) {
      return;
    }
    if (seen) {
      throw new StoreException(
          "store directory " + directory + " is gone: mount it again, or make it (--store-dir)");
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

  /** All readable leases, expired ones too. */
  Map<SubnetKey, Lease> readAll() {
    String[] names = new File(directory.toString()).list();
    if (names == null) {
      throw new StoreException(
          "store directory "
              + directory
              + (Files.exists(directory) ? " cannot be read" : " does not exist")
              + ": check that it is a directory that root may read (--store-dir)");
    }
    seen = true;
    Map<SubnetKey, Lease> leases = new HashMap<>(names.length * 4 / 3 + 1);
    for (String name : names) {
      Optional<SubnetKey> key = LeaseFile.keyOf(name);
      if (key.isPresent()) {
        read(key.get()).ifPresent(lease -> leases.put(key.get(), lease));
      } else if (!name.startsWith(".")) {
        reportOnce(name, "its name is no subnet's, such as 10.244.1.0-24.json");
      }
    }
    return leases;
  }

  /** One lease; empty if its file is gone, torn or foreign. */
  Optional<Lease> read(SubnetKey key) {
    String name = LeaseFile.nameOf(key);
    try {
      Lease lease = LeaseFile.read(key, Files.readAllBytes(directory.resolve(name)));
      reported.remove(name);
      return Optional.of(lease);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException | IllegalArgumentException e) {
      reportOnce(name, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private void reportOnce(String name, String problem) {
    if (!problem.equals(reported.put(name, problem))) {
      report.accept("lease file " + directory.resolve(name) + " is passed over: " + problem);
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
      throw new StoreException(
          "lease file " + target + " cannot be written (" + e + "): check space and permissions",
          e);
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
