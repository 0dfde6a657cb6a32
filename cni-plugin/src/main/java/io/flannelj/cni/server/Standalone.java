package io.flannelj.cni.server;

import io.flannelj.libc.FileDescriptor;
import io.flannelj.libc.Files;
import io.flannelj.libc.Libc;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The server without the daemon: docs/cni-socket.md section 4. The lock is free exactly when there
 * is no such process, so it is held from before the socket is touched until it is gone.
 */
final class Standalone {
  // The calls that came in the very moment of leaving; a foreign plugin among them may be slow.
  private static final Duration LAST_CALLS = Duration.ofMinutes(10);
  private static final Duration LAST_CALLS_WHEN_TOLD = Duration.ofSeconds(30);

  private final CniServer server;
  private final FileDescriptor lock;
  private final Consumer<String> log;
  private boolean left;

  private Standalone(CniServer server, FileDescriptor lock, Consumer<String> log) {
    this.server = server;
    this.lock = lock;
    this.log = log;
  }

  /**
   * Serves until there has been no call for long enough, or the process is told to end.
   *
   * @return the exit status
   */
  static int run(
      StandaloneOptions options, String build, CallHandler handler, Consumer<String> log) {
    try {
      Optional<FileDescriptor> lock = lock(options);
      if (lock.isEmpty()) {
        log.accept("another stand-alone process holds " + options.lock());
        return options.lockFd().isPresent() ? 1 : 0;
      }
      ServerSettings settings = ServerSettings.of(options.socket(), build, log).alreadyExclusive();
      Standalone standalone = new Standalone(CniServer.start(settings, handler), lock.get(), log);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(() -> standalone.leave("told to end", LAST_CALLS_WHEN_TOLD), "leave"));
      log.accept("serves on " + options.socket());
      standalone.awaitIdle(options.idle());
      standalone.leave("no call for " + options.idle(), LAST_CALLS);
      return 0;
    } catch (IOException | RuntimeException e) {
      log.accept("cannot serve: " + e);
      return 1;
    }
  }

  /** The lock file, locked; empty if another process has it. */
  private static Optional<FileDescriptor> lock(StandaloneOptions options) throws IOException {
    FileDescriptor fd;
    if (options.lockFd().isPresent()) {
      fd = FileDescriptor.own(options.lockFd().getAsInt());
      Libc.setCloseOnExec(fd);
    } else {
      SocketFile.makeDirectory(options.directory());
      int flags = Files.O_RDWR | Files.O_CREAT | Files.O_NOFOLLOW;
      fd = Files.open(options.lock().toString(), flags, 0600);
    }
    // Without effect on an inherited lock; tells if the descriptor given has none.
    if (Files.flock(fd, Files.LOCK_EX | Files.LOCK_NB)) {
      return Optional.of(fd);
    }
    fd.close();
    return Optional.empty();
  }

  private void awaitIdle(Duration limit) {
    Duration idle = server.idle();
    while (idle.compareTo(limit) < 0) {
      try {
        Thread.sleep(limit.minus(idle).toMillis() + 1);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      idle = server.idle();
    }
  }

  /**
   * The socket goes before the lock: once the lock is free a new process may bind, and must not
   * find its socket unlinked by this one.
   */
  private synchronized void leave(String why, Duration ceiling) {
    if (left) {
      return;
    }
    left = true;
    log.accept("leaves: " + why);
    server.stopAccepting();
    lock.close();
    server.endCalls(ceiling);
  }
}
