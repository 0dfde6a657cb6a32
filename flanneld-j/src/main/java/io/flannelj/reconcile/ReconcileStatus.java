package io.flannelj.reconcile;

import java.time.Instant;
import java.util.List;

/**
 * How the kernel stands to what is desired.
 *
 * @param known whether there is a desired state at all
 * @param complete whether all of it is known
 * @param tables in the order of application
 * @param since since when it is in sync, or out of sync
 * @param rounds number of rounds so far
 */
public record ReconcileStatus(
    boolean known, boolean complete, List<TableStatus> tables, Instant since, long rounds) {
  /** Copies the list. */
  public ReconcileStatus {
    tables = List.copyOf(tables);
  }

  /** Whether the kernel has all that is desired, and nothing of ours besides. */
  public boolean isInSync() {
    return known && complete && tables.stream().allMatch(TableStatus::isInSync);
  }

  /** Number of entries that failed. */
  public int failed() {
    return tables.stream().mapToInt(TableStatus::failed).sum();
  }

  /** Why it is not in sync, in one line; empty if it is. */
  public String problem() {
    if (!known) {
      return "nothing is desired yet";
    }
    for (TableStatus table : tables) {
      if (!table.dumpError().isEmpty()) {
        return table.table() + ": " + table.dumpError();
      }
      if (!table.failures().isEmpty()) {
        TableStatus.EntryFailure first = table.failures().get(0);
        return table.table()
            + " "
            + first.entry()
            + ": "
            + first.error()
            + (table.failed() > 1 ? " (and " + (table.failed() - 1) + " more)" : "");
      }
    }
    return complete ? "" : "the store is not in sync yet";
  }
}
