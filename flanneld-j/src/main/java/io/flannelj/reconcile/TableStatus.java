package io.flannelj.reconcile;

import java.util.List;

/**
 * How a table stands.
 *
 * @param table its name
 * @param desired number of entries that must exist
 * @param waiting number of those that wait for the device that they stand on
 * @param failures entries that could not be put or removed, at most {@link #MOST_FAILURES}
 * @param failed number of all such entries
 * @param dumpError why the table could not be read; empty if it could
 */
public record TableStatus(
    String table,
    int desired,
    int waiting,
    List<EntryFailure> failures,
    int failed,
    String dumpError) {
  /** How many failures a status lists. */
  public static final int MOST_FAILURES = 20;

  /** Copies the list. */
  public TableStatus {
    failures = List.copyOf(failures);
  }

  /**
   * An entry that could not be put or removed.
   *
   * @param entry its key
   * @param error operation, errno and the kernel's text
   * @param attempts how often it failed in succession
   */
  public record EntryFailure(String entry, String error, int attempts) {}

  /** Whether the kernel has all that is desired here. */
  public boolean isInSync() {
    return waiting == 0 && failed == 0 && dumpError.isEmpty();
  }
}
