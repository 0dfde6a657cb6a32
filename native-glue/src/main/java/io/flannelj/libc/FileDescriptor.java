package io.flannelj.libc;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * An open file descriptor that is closed exactly once. A descriptor of a pod's namespace that
 * nobody closes keeps the namespace alive for ever, so every one has an owner.
 */
public final class FileDescriptor implements AutoCloseable {
  private static final int CLOSED = -1;

  private final AtomicInteger number;

  private FileDescriptor(int number) {
    this.number = new AtomicInteger(number);
  }

  /** Takes over the ownership of an open descriptor. */
  public static FileDescriptor own(int number) {
    if (number < 0) {
      throw new IllegalArgumentException("no file descriptor: " + number);
    }
    return new FileDescriptor(number);
  }

  /**
   * The number, for system calls.
   *
   * @throws IllegalStateException after close: the number may already mean another file
   */
  public int number() {
    int open = number.get();
    if (open == CLOSED) {
      throw new IllegalStateException("file descriptor is closed");
    }
    return open;
  }

  /** Whether it is still open. */
  public boolean isOpen() {
    return number.get() != CLOSED;
  }

  /** Gives the ownership away: returns the number and closes nothing. */
  public int release() {
    int open = number();
    number.set(CLOSED);
    return open;
  }

  /** Closes; later calls do nothing. Errors of close(2) are ignored, as Linux closes anyway. */
  @Override
  public void close() {
    int open = number.getAndSet(CLOSED);
    if (open != CLOSED) {
      Libc.closeQuietly(open);
    }
  }

  @Override
  public String toString() {
    return "fd " + number.get();
  }
}
