package io.flannelj.store.kubernetes;

import io.flannelj.collection.PersistentMap;
import io.flannelj.lease.Lease;
import io.flannelj.net.IpPrefix;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;

/** The leases of all nodes that were seen, folded from lists and events. For one thread. */
final class KnownNodes {
  private final Function<KubeNode, Optional<Lease>> reading;
  private final Consumer<String> report;
  private final Map<String, Lease> leases = new HashMap<>();
  private final Map<String, String> problems = new TreeMap<>();
  private PersistentMap<IpPrefix, Lease> published = PersistentMap.empty();
  private PersistentMap.Editor<IpPrefix, Lease> editor = published.edit();

  /**
   * Knows none.
   *
   * @param reading a node's lease; throws IllegalArgumentException naming what cannot be read
   * @param report gets a line for each node that is passed over
   */
  KnownNodes(Function<KubeNode, Optional<Lease>> reading, Consumer<String> report) {
    this.reading = reading;
    this.report = report;
  }

  /** A node is there, as it says. */
  void put(KubeNode node) {
    Optional<Lease> lease = Optional.empty();
    String problem = "";
    try {
      lease = reading.apply(node);
    } catch (IllegalArgumentException e) {
      problem = "node " + node.name() + " is passed over: " + e.getMessage();
    }
    if (lease.isPresent()) {
      Lease holder = editor.get(lease.get().subnet());
      if (holder != null && !holder.node().equals(node.name())) {
        problem =
            "node "
                + node.name()
                + " is passed over: its subnet "
                + lease.get().subnet()
                + " is that of node "
                + holder.node();
        lease = Optional.empty();
      }
    }
    withdraw(node.name(), lease.map(Lease::subnet));
    if (lease.isPresent()) {
      leases.put(node.name(), lease.get());
      editor.put(lease.get().subnet(), lease.get());
    }
    note(node.name(), problem);
  }

  private void note(String node, String problem) {
    if (problem.isEmpty()) {
      problems.remove(node);
    } else if (!problem.equals(problems.put(node, problem))) {
      report.accept(problem);
    }
  }

  private void withdraw(String node, Optional<IpPrefix> kept) {
    Lease before = leases.remove(node);
    if (before != null && kept.filter(before.subnet()::equals).isEmpty()) {
      editor.remove(before.subnet());
    }
  }

  /** A node is gone. */
  void remove(String node) {
    withdraw(node, Optional.empty());
    problems.remove(node);
  }

  /** All nodes that are there were put since {@code seen} was begun: the others are gone. */
  void retain(Set<String> seen) {
    Set<String> gone = new HashSet<>(leases.keySet());
    gone.addAll(problems.keySet());
    gone.removeAll(seen);
    gone.forEach(this::remove);
  }

  /** The leases by subnet; the same object if none changed. */
  PersistentMap<IpPrefix, Lease> publish() {
    published = editor.done();
    editor = published.edit();
    return published;
  }

  /** Nodes that are passed over, a line each. */
  Iterable<String> problems() {
    return problems.values();
  }
}
