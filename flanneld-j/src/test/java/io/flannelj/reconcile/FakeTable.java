package io.flannelj.reconcile;

import io.flannelj.desired.DesiredTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A kernel table in memory. Entries are ours or foreign; a dump shows ours only. Failures are armed
 * for one call each.
 */
final class FakeTable<K, V> implements KernelTable<K, V> {
  private final DesiredTable<K, V> table;
  final Map<K, V> ours = new HashMap<>();
  final Map<K, V> foreign = new HashMap<>();

  /** Keys whose next put or removal fails, with the kernel's text. */
  final Map<K, String> failOnce = new HashMap<>();

  /** Keys whose puts fail until the entry is taken out. */
  final Map<K, String> failAlways = new HashMap<>();

  final Set<K> clearing = new HashSet<>();
  final List<String> log;
  boolean failNextDump;
  boolean failNextBatch;
  Runnable onClear = () -> {};
  int dumps;
  int calls;

  FakeTable(DesiredTable<K, V> table, List<String> log) {
    this.table = table;
    this.log = log;
  }

  FakeTable(DesiredTable<K, V> table) {
    this(table, new ArrayList<>());
  }

  @Override
  public DesiredTable<K, V> table() {
    return table;
  }

  @Override
  public Map<K, V> dumpOwned() {
    dumps++;
    if (failNextDump) {
      failNextDump = false;
      throw new IllegalStateException("dump " + table.name() + ": EINTR");
    }
    return new HashMap<>(ours);
  }

  @Override
  public ApplyResult<K> apply(Map<K, V> toPut, Map<K, V> toRemove) {
    calls++;
    if (failNextBatch) {
      failNextBatch = false;
      throw new IllegalStateException("send " + table.name() + ": ENOBUFS");
    }
    Map<K, RuntimeException> failures = new HashMap<>();
    boolean cleared = false;
    for (Map.Entry<K, V> entry : toPut.entrySet()) {
      K key = entry.getKey();
      if (!fails(key, failures)) {
        log.add("put " + table.name() + " " + key);
        ours.put(key, entry.getValue());
        if (clearing.contains(key)) {
          cleared = true;
        }
      }
    }
    for (K key : toRemove.keySet()) {
      if (!fails(key, failures)) {
        log.add("remove " + table.name() + " " + key);
        ours.remove(key);
      }
    }
    if (cleared) {
      onClear.run();
    }
    return new ApplyResult<>(failures, cleared);
  }

  private boolean fails(K key, Map<K, RuntimeException> failures) {
    String text = failOnce.remove(key);
    if (text == null) {
      text = failAlways.get(key);
    }
    if (text != null) {
      failures.put(key, new IllegalStateException(text));
    }
    return text != null;
  }
}
