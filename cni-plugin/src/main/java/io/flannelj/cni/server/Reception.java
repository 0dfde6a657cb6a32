package io.flannelj.cni.server;

import io.flannelj.cni.CniError;
import io.flannelj.libc.Errno;
import io.flannelj.libc.NativeException;
import io.flannelj.libc.UnixListener;
import io.flannelj.libc.UnixStream;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;

/**
 * The thread that accepts: it says hello and has another thread wait for the request, which is
 * still on its way then.
 */
final class Reception implements AutoCloseable {
  // When the process has no descriptor or thread left, calls in progress give some back.
  private static final long PAUSE_MILLIS = 50;

  private final UnixListener listener;
  private final Desk desk;
  private final OpenCalls calls;
  private final byte[] hello;
  private final ExecutorService threads;
  private final Thread thread = new Thread(this::receive, "cni-accept");
  private volatile boolean closed;
  private final SparseLog starved;

  Reception(
      UnixListener listener, Desk desk, OpenCalls calls, byte[] hello, ExecutorService threads) {
    this.listener = listener;
    this.desk = desk;
    this.calls = calls;
    this.hello = hello;
    this.threads = threads;
    starved = new SparseLog(desk::log);
    thread.setDaemon(true);
  }

  void open() {
    thread.start();
  }

  private void receive() {
    try {
      while (!closed) {
        calls.awaitRoom();
        try {
          receive(listener.accept());
        } catch (NativeException e) {
          if (!closed && e.errno() != Errno.ECONNABORTED) {
            logRefusal(e);
            Thread.sleep(PAUSE_MILLIS);
          }
        } catch (OutOfMemoryError e) {
          // Java's name for a thread that the kernel refuses, too: pids.max, or RLIMIT_NPROC.
          starved.accept(
              "cannot serve a call: "
                  + e.getMessage()
                  + "; raise pids.max of this process' cgroup, the limit of its tasks or its memory");
          Thread.sleep(PAUSE_MILLIS);
        }
      }
    } catch (InterruptedException e) {
      // Closed while there was no room.
      Thread.currentThread().interrupt();
    }
  }

  private void logRefusal(NativeException e) {
    String line = "cannot accept a call: " + e.getMessage();
    if (e.errno() == Errno.EMFILE) {
      starved.accept(line + "; " + CniError.OPEN_FILES_REMEDY);
    } else {
      desk.log(line);
    }
  }

  private void receive(UnixStream stream) {
    boolean taken = false;
    try {
      int user = stream.peerUser();
      if (user != 0) {
        desk.log("refused a connection of user " + user + ": only root may call");
        return;
      }
      stream.send(hello);
      Connection connection = new Connection(stream, desk);
      desk.enter(connection);
      try {
        threads.execute(connection);
        taken = true;
      } catch (RejectedExecutionException e) {
        // Closed meanwhile.
        return;
      } finally {
        if (!taken) {
          desk.leave(connection);
        }
      }
    } catch (NativeException e) {
      // It went before its hello.
      if (e.errno() != Errno.EPIPE && e.errno() != Errno.ECONNRESET) {
        throw e;
      }
    } finally {
      if (!taken) {
        stream.close();
      }
    }
  }

  /** Accepts no more; the kernel ends those that still wait for it. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    listener.shutdown();
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    listener.close();
  }
}
