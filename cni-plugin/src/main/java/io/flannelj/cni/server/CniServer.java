package io.flannelj.cni.server;

import io.flannelj.libc.NativeException;
import io.flannelj.libc.UnixListener;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Serves CNI calls on a unix socket: docs/cni-socket.md. Each connection has a thread that waits
 * for its request, for locks, for the kernel and for the caller: a call that is passed from thread
 * to thread pays for each of them to wake up.
 */
public final class CniServer implements AutoCloseable {
  /** How long calls that are cut off have for taking back what they have made. */
  public static final Duration TAKING_BACK = Duration.ofSeconds(5);

  private static final int BACKLOG = 1024;
  private static final int IDLE_SECONDS = 30;

  private final ServerSettings settings;
  private final SocketFile file;
  private final OpenCalls calls;
  private final Desk desk;
  private final ExecutorService threads;
  private final Reception reception;

  private CniServer(ServerSettings settings, SocketFile file, CallHandler handler)
      throws IOException {
    this.settings = settings;
    this.file = file;
    calls = new OpenCalls(settings.connections(), System::nanoTime);
    desk = new Desk(settings, handler, calls);
    UnixListener listener = listen(file);
    boolean done = false;
    try {
      file.publish();
      done = true;
    } finally {
      if (!done) {
        listener.close();
      }
    }
    threads = threads();
    reception = new Reception(listener, desk, calls, settings.hello(), threads);
    reception.open();
  }

  /**
   * Begins to serve.
   *
   * @throws IOException names the path and why: another process serves there, or the directory
   *     cannot be used
   */
  public static CniServer start(ServerSettings settings, CallHandler handler) throws IOException {
    SocketFile file = SocketFile.claim(settings.socket(), settings.exclusive());
    try {
      return new CniServer(settings, file, handler);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static UnixListener listen(SocketFile file) throws IOException {
    try {
      return UnixListener.bind(file.bindPath(), BACKLOG);
    } catch (NativeException | IllegalArgumentException e) {
      throw new IOException("bind " + file.bindPath() + ": " + e.getMessage(), e);
    }
  }

  /** An idle one if there is one, else a new one; their number is that of the open calls. */
  private static ExecutorService threads() {
    AtomicInteger number = new AtomicInteger();
    return new ThreadPoolExecutor(
        1,
        Integer.MAX_VALUE,
        IDLE_SECONDS,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        task -> {
          Thread thread = new Thread(task, "cni-call-" + number.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
  }

  /**
   * Runs one call through the whole path, socket and descriptors included, so that the first of a
   * runtime does not pay for loading the code. The call must be one that changes nothing, such as
   * the DEL of a container that never was; its namespace is an empty one made for it.
   *
   * @return what the handler answered
   * @throws IOException if the server does not serve
   */
  public Answer warmUp(Request request) throws IOException {
    return WarmUp.run(settings.socket(), request);
  }

  /** How many connections are open, or have an ADD behind them that is being taken back. */
  public int openCalls() {
    return calls.count();
  }

  /** How many of them wait until fewer others run. */
  int waitingCalls() {
    return desk.waiting();
  }

  /** How long there has been no call; zero while there is one. */
  public Duration idle() {
    return calls.idle();
  }

  /**
   * Takes the socket away: calls that have had their hello go on, those that wait to be accepted
   * are ended by the kernel and go elsewhere.
   */
  public void stopAccepting() {
    file.unlink();
    reception.close();
    file.close();
  }

  /**
   * Waits until all open calls have ended.
   *
   * @return false if some are still open when the time is over
   */
  public boolean awaitCalls(Duration ceiling) {
    return calls.awaitNone(ceiling);
  }

  /**
   * Waits until all open calls have ended. Those that have not when the time is over are cut off
   * from their callers: what waits for one ends, and an ADD takes back what it has made.
   *
   * @return false if some are still open {@link #TAKING_BACK} later
   */
  public boolean endCalls(Duration ceiling) {
    if (awaitCalls(ceiling)) {
      return true;
    }
    log(openCalls() + " calls are still open after " + ceiling + ": cut off");
    desk.cutOff();
    if (awaitCalls(TAKING_BACK)) {
      return true;
    }
    log(openCalls() + " calls are left in the midst: the runtime's DEL or GC takes them back");
    return false;
  }

  private void log(String line) {
    settings.log().accept(line);
  }

  /** Stops accepting, ends the open calls as {@link #endCalls} within the settings' ceiling. */
  @Override
  public void close() {
    stopAccepting();
    endCalls(settings.ceiling());
    // Not before: who is interrupted gets no lock, and so cannot release an address.
    threads.shutdownNow();
  }
}
