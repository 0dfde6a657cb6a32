package io.flannelj.cni.server;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;

/** What all connections of a server share. */
final class Desk {
  // The other sections of an ANSWER are far smaller than this.
  private static final int ANSWER_LIMIT = Frame.LIMIT - 1024;

  private final ServerSettings settings;
  private final CallHandler handler;
  private final Executor workers;
  private final OpenCalls calls;
  private final byte[] hello;
  private final AtomicReference<String> lastReason = new AtomicReference<>("");
  private volatile Runnable whenFull = () -> {};
  private volatile Runnable whenRoom = () -> {};

  Desk(ServerSettings settings, CallHandler handler, Executor workers, OpenCalls calls) {
    this.settings = settings;
    this.handler = handler;
    this.workers = workers;
    this.calls = calls;
    this.hello = settings.hello();
  }

  /** What is done when as many connections are open as may be, and when there is room again. */
  void throttle(Runnable full, Runnable room) {
    whenFull = full;
    whenRoom = room;
  }

  byte[] hello() {
    return hello;
  }

  Duration patience() {
    return settings.patience();
  }

  void log(String line) {
    settings.log().accept(line);
  }

  /** Why calls come to the stand-alone process, once for each reason: thousands share one. */
  void logReason(OpenCall call) {
    Optional<String> reason = call.request().reason();
    if (reason.isPresent() && !reason.get().equals(lastReason.getAndSet(reason.get()))) {
      log(call + " came here because " + reason.get());
    }
  }

  void enter() {
    if (calls.enter()) {
      whenFull.run();
    }
  }

  void leave() {
    if (calls.leave()) {
      whenRoom.run();
    }
  }

  /** Has a worker do something, or does the other thing here if the server is closing. */
  void work(Runnable task, Runnable otherwise) {
    try {
      workers.execute(task);
    } catch (RejectedExecutionException e) {
      otherwise.run();
    }
  }

  /** Carries out a call; whatever the handler throws becomes an answer. */
  Answer answer(OpenCall call) {
    try {
      Answer answer = handler.handle(call);
      long size = (long) answer.stdout().length + answer.stderr().length;
      if (size <= ANSWER_LIMIT) {
        return answer;
      }
      log(call + ": its answer has " + size + " bytes");
      return ErrorObject.answer(ErrorObject.INTERNAL, "the answer is too large", size + " bytes");
    } catch (CallerGoneException e) {
      return ErrorObject.answer(ErrorObject.TRY_AGAIN_LATER, call + " was given up", message(e));
    } catch (RuntimeException | StackOverflowError | LinkageError e) {
      StringWriter trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      log(call + " failed by a defect: " + trace);
      return ErrorObject.answer(ErrorObject.INTERNAL, call + " failed", message(e));
    }
  }

  Answer refuse(OpenCall call, String why) {
    return ErrorObject.answer(ErrorObject.TRY_AGAIN_LATER, call + " was refused", why);
  }

  private static String message(Throwable e) {
    return String.valueOf(e.getMessage() == null ? e : e.getMessage());
  }
}
