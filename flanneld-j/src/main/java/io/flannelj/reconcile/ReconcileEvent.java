package io.flannelj.reconcile;

import java.time.Duration;

/** What a log has to tell of reconciling: one line per change of state. */
public sealed interface ReconcileEvent {

  /** The line. */
  String text();

  /**
   * A change of what is desired reached the kernel.
   *
   * @param put entries put
   * @param removed entries removed
   */
  record Applied(int put, int removed) implements ReconcileEvent {
    @Override
    public String text() {
      return "applied " + put + " entries, removed " + removed;
    }
  }

  /**
   * The kernel differed from what had been applied, and was mended.
   *
   * @param reason what made us look
   * @param table first table that differed
   * @param entry first entry that differed
   * @param put entries put
   * @param removed entries removed
   */
  record Mended(String reason, String table, String entry, int put, int removed)
      implements ReconcileEvent {
    @Override
    public String text() {
      return reason
          + ": kernel differed, first in "
          + table
          + " "
          + entry
          + "; put "
          + put
          + " entries, removed "
          + removed;
    }
  }

  /**
   * Entries of a table failed, for the first time or with another error.
   *
   * @param table the table
   * @param entry the first of them; empty if the whole table could not be read
   * @param error operation, errno and the kernel's text
   * @param failing number of entries of the table that fail now
   */
  record Failed(String table, String entry, String error, int failing) implements ReconcileEvent {
    @Override
    public String text() {
      return entry.isEmpty()
          ? table + ": " + error
          : table
              + " "
              + entry
              + ": "
              + error
              + " ("
              + failing
              + " failing, retried by themselves)";
    }
  }

  /**
   * The kernel has all that is desired, for the first time or again.
   *
   * @param entries number of entries
   * @param after how long it was not so
   */
  record InSync(int entries, Duration after) implements ReconcileEvent {
    @Override
    public String text() {
      return "in sync: " + entries + " entries, after " + after.toMillis() + " ms";
    }
  }
}
