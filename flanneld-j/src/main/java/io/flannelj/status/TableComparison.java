package io.flannelj.status;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * A kernel table beside what must be in it, at one moment.
 *
 * @param table its name, or the device's
 * @param desired number of objects that must exist
 * @param missing number of those that are missing or have another value
 * @param superfluous number of objects of ours that must not exist
 * @param examples a few of them, as text
 * @param error why the table could not be read, empty if it could
 */
public record TableComparison(
    String table, int desired, int missing, int superfluous, List<String> examples, String error) {
  private static final int MOST_EXAMPLES = 3;

  /** From what a comparison found. */
  public static TableComparison of(
      String table, int desired, Collection<?> missing, Collection<?> superfluous) {
    List<String> examples = new ArrayList<>();
    missing.stream().map(Object::toString).sorted().limit(MOST_EXAMPLES).forEach(examples::add);
    superfluous.stream()
        .map(key -> "superfluous " + key)
        .sorted()
        .limit(MOST_EXAMPLES - examples.size())
        .forEach(examples::add);
    return new TableComparison(
        table, desired, missing.size(), superfluous.size(), List.copyOf(examples), "");
  }

  /** A table that could not be read. */
  public static TableComparison unreadable(String table, int desired, String error) {
    return new TableComparison(table, desired, 0, 0, List.of(), error);
  }

  /** Whether the kernel has what it must have and nothing else of ours. */
  public boolean inSync() {
    return missing == 0 && superfluous == 0 && error.isEmpty();
  }

  /** The comparison in words. */
  public String text() {
    if (!error.isEmpty()) {
      return desired + " wanted, cannot be read: " + error;
    }
    if (inSync()) {
      return desired + " in sync";
    }
    StringBuilder text = new StringBuilder().append(desired).append(" wanted");
    if (missing > 0) {
      text.append(", ").append(missing).append(" missing or different");
    }
    if (superfluous > 0) {
      text.append(", ").append(superfluous).append(" superfluous");
    }
    text.append(": ").append(String.join(", ", examples));
    return text.append(missing + superfluous > examples.size() ? ", ..." : "").toString();
  }
}
