package io.flannelj.cni.server;

import io.flannelj.cni.CniError;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/** What all connections of a server share. */
final class Desk {
  // The other sections of an ANSWER are far smaller than this.
  private static final int ANSWER_LIMIT = Frame.LIMIT - 1024;

  private final ServerSettings settings;
  private final CallHandler handler;
  private final OpenCalls calls;
  private final Turns turns;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final SparseLog starved;
  private final AtomicReference<String> lastReason = new AtomicReference<>("");

  Desk(ServerSettings settings, CallHandler handler, OpenCalls calls) {
    this.settings = settings;
    this.handler = handler;
    this.calls = calls;
    turns = new Turns(settings.workers());
    starved = new SparseLog(settings.log());
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

  int waiting() {
    return turns.waiting();
  }

  void enter(Connection connection) {
    connections.add(connection);
    calls.enter();
  }

  void leave(Connection connection) {
    connections.remove(connection);
    calls.leave();
  }

  /** Ends all connections, whatever their callers still wait for. */
  void cutOff() {
    connections.forEach(Connection::cutOff);
  }

  /**
   * Carries out a call, once it is one of those that may run at the same time. An ADD whose caller
   * went while it waited is not begun.
   */
  Answer carryOut(OpenCall call) {
    boolean waited;
    try {
      waited = turns.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return refuse(call, "shutting down");
    }
    try {
      return waited && call.isAdd() && call.callerGone()
          ? refuse(call, "its caller is gone already")
          : answer(call);
    } finally {
      turns.giveBack();
    }
  }

  /**
   * For a call whose descriptors this process could not take, as it has none left.
   *
   * @return nothing for verbs that the launcher has another process carry out, once the connection
   *     ends without an answer
   */
  Optional<Answer> starve(OpenCall call) {
    String problem = "has no file descriptor left for " + call;
    starved.accept(problem + ": " + CniError.OPEN_FILES_REMEDY);
    return switch (call.request().command()) {
      case "DEL", "CHECK", "GC" -> Optional.empty();
      case "STATUS" -> Optional.of(starved(CniError.NOT_AVAILABLE, problem));
      default -> Optional.of(starved(CniError.TRY_AGAIN, problem));
    };
  }

  private static Answer starved(int code, String problem) {
    return ErrorObject.answer(code, "flannel-j " + problem, CniError.OPEN_FILES_REMEDY);
  }

  /** For a call that is carried out, while it waits for a foreign plugin: others may run. */
  <T> T withoutTurn(Supplier<T> work) {
    return turns.without(work);
  }

  /**
   * Nobody can get the result any more: an ADD must not leave behind what nobody knows of. It needs
   * no turn, because those who have one may wait for the lock that the ADD has kept.
   */
  void rollBack(OpenCall call) {
    OpenCall reversed = call.reversed();
    log(reversed + " begins: the caller went before it had the result of its ADD");
    Answer answer = answer(reversed);
    if (answer.status() != 0) {
      log(reversed + " failed: " + Frame.text(ByteBuffer.wrap(answer.stdout())));
    }
  }

  /** Carries out a call; whatever the handler throws becomes an answer. */
  private Answer answer(OpenCall call) {
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

  private static Answer refuse(OpenCall call, String why) {
    return ErrorObject.answer(ErrorObject.TRY_AGAIN_LATER, call + " was refused", why);
  }

  private static String message(Throwable e) {
    return String.valueOf(e.getMessage() == null ? e : e.getMessage());
  }
}
