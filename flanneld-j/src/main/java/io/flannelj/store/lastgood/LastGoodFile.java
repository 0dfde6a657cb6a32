package io.flannelj.store.lastgood;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * The snapshot's file. It is written some time after a change on a thread of its own, so that no
 * lease event waits for a disk and a burst of events costs one write; flushed and renamed, so that
 * a power cut leaves the old one or the new one.
 */
public final class LastGoodFile implements AutoCloseable {
  private static final String NAME = "snapshot";
  private static final long DELAY_MILLIS = 1_000;
  private static final long CLOSE_SECONDS = 3;

  private final Path directory;
  private final Consumer<String> report;
  private final ScheduledThreadPoolExecutor writer =
      new ScheduledThreadPoolExecutor(
          1, LastGoodFile::thread, new ThreadPoolExecutor.DiscardPolicy());
  private final AtomicReference<Optional<LastGood>> next = new AtomicReference<>(Optional.empty());
  private Optional<LastGood> written = Optional.empty();
  private volatile String problem = "";

  /**
   * In a directory, made on first write.
   *
   * @param report gets a line when a snapshot is passed over or cannot be written
   */
  public LastGoodFile(Path directory, Consumer<String> report) {
    this.directory = directory;
    this.report = report;
    writer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "last-good-snapshot");
    thread.setDaemon(true);
    return thread;
  }

  /** Where it is. */
  public Path path() {
    return directory.resolve(NAME);
  }

  /** Why the snapshot is not kept or was passed over; empty if all is well. */
  public String problem() {
    return problem;
  }

  /** The snapshot of this node and store; empty if there is none that can be used. */
  public Optional<LastGood> read(String node, String store) {
    try {
      LastGood last = LastGoodText.read(Files.readAllBytes(path()));
      if (!last.node().equals(node)) {
        throw new IllegalArgumentException("it is of node \"" + last.node() + "\"");
      }
      if (!last.store().equals(store)) {
        throw new IllegalArgumentException(
            "it is of store \"" + last.store() + "\", not of \"" + store + "\"");
      }
      return Optional.of(last);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException | IllegalArgumentException e) {
      trouble("snapshot " + path() + " is passed over: " + e.getMessage());
      return Optional.empty();
    }
  }

  private void trouble(String text) {
    if (!text.equals(problem)) {
      problem = text;
      report.accept(text);
    }
  }

  /** Has a snapshot written soon, unless a younger one comes meanwhile. Never waits. */
  public void keep(LastGood last) {
    if (next.getAndSet(Optional.of(last)).isEmpty()) {
      writer.schedule(this::write, DELAY_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void write() {
    Optional<LastGood> last = next.getAndSet(Optional.empty());
    if (last.isEmpty() || (written.isPresent() && last.get().saysTheSame(written.get()))) {
      return;
    }
    try {
      replace(LastGoodText.write(last.get()));
      written = last;
      problem = "";
    } catch (IOException e) {
      trouble(
          "snapshot "
              + path()
              + " cannot be written ("
              + e
              + "): without it this node does not boot while its store is away;"
              + " check space and permissions, or name another directory with --snapshot-dir");
      if (next.compareAndSet(Optional.empty(), last)) {
        writer.schedule(this::write, 10 * DELAY_MILLIS, TimeUnit.MILLISECONDS);
      }
    }
  }

  private void replace(byte[] content) throws IOException {
    Files.createDirectories(directory);
    Path scratch = directory.resolve("." + NAME + ".new");
    try {
      try (FileChannel file =
          FileChannel.open(
              scratch,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        ByteBuffer rest = ByteBuffer.wrap(content);
        while (rest.hasRemaining()) {
          file.write(rest);
        }
        file.force(true);
      }
      Files.setPosixFilePermissions(scratch, PosixFilePermissions.fromString("rw-------"));
      Files.move(
          scratch, path(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      Files.deleteIfExists(scratch);
      throw e;
    }
  }

  /** Writes what is still to be written. */
  @Override
  public void close() {
    writer.shutdown();
    try {
      if (writer.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        write();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
