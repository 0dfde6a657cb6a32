package io.flannelj.cni.files;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Lets the threads of this process take a file's lock one after the other, so that flock(2) is
 * fought for with other processes only. One for a process.
 */
public final class LockQueue {
  private final Map<Place, Turn> turns = new HashMap<>();

  /** A file, by its directory and name: a lock file may be removed and made again. */
  record Place(long device, long directory, String name) {}

  /** The right to try; closing passes it on. */
  final class Turn implements AutoCloseable {
    private final Place place;
    private final Semaphore free = new Semaphore(1, true);
    private int users;

    Turn(Place place) {
      this.place = place;
    }

    @Override
    public void close() {
      free.release();
      leave(this);
    }
  }

  /** Waits for the turn; nothing if it does not come in time or the thread is interrupted. */
  Optional<Turn> await(Place place, long nanos) {
    Turn turn = join(place);
    boolean got = false;
    try {
      got = turn.free.tryAcquire(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!got) {
      leave(turn);
      return Optional.empty();
    }
    return Optional.of(turn);
  }

  private synchronized Turn join(Place place) {
    Turn turn = turns.get(place);
    if (turn == null) {
      turn = new Turn(place);
      turns.put(place, turn);
    }
    turn.users++;
    return turn;
  }

  private synchronized void leave(Turn turn) {
    if (--turn.users == 0) {
      turns.remove(turn.place);
    }
  }
}
