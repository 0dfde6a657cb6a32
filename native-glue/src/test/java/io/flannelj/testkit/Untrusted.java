package io.flannelj.testkit;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.TimeUnit;

/**
 * What holds for every reader of input that others write, whatever the input: it ends soon, and a
 * failure is of the declared kind with a text that says something. The fuzz targets state it, and
 * their recorded inputs repeat it in every build.
 */
public final class Untrusted {
  private static final long CEILING_NANOS = TimeUnit.SECONDS.toNanos(20);

  private Untrusted() {}

  /** Work on untrusted input. */
  @FunctionalInterface
  public interface Reading {
    /** May fail as it declares. */
    void run() throws Exception;
  }

  /**
   * Runs work that must end within a generous ceiling of this thread's own processor time: it
   * stands for "not without bound".
   */
  public static void within(Runnable work) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long began = threads.getCurrentThreadCpuTime();
    work.run();
    long taken = threads.getCurrentThreadCpuTime() - began;
    if (taken > CEILING_NANOS) {
      throw new AssertionError(
          "took " + TimeUnit.NANOSECONDS.toMillis(taken) + " ms of processor time");
    }
  }

  /**
   * Runs work that may fail in one way only.
   *
   * @return whether it succeeded
   */
  public static boolean only(Class<? extends Exception> declared, Reading work) {
    try {
      work.run();
      return true;
    } catch (Exception e) {
      if (!declared.isInstance(e)) {
        throw new AssertionError(
            e.getClass().getName() + " where only " + declared.getName() + " is declared", e);
      }
      named(String.valueOf(e.getMessage()), e);
      return false;
    }
  }

  /** Checks that the text of a failure names something and is not a dump of the input. */
  public static void named(String text, Exception failure) {
    boolean words = text.chars().filter(Character::isLetter).count() >= 5;
    if (!words) {
      throw new AssertionError("a failure that says nothing: \"" + text + "\"", failure);
    }
  }

  /** Checks that what was read can be put into a log line. */
  public static void shown(Object read) {
    if (read.toString().isEmpty()) {
      throw new AssertionError("a " + read.getClass().getName() + " that shows nothing");
    }
  }

  /** Checks a round trip. */
  public static void same(Object first, Object second) {
    if (!first.equals(second)) {
      throw new AssertionError("written and read again, " + first + " became " + second);
    }
  }
}
