package io.flannelj.store.kubernetes;

import io.flannelj.collection.PersistentMap;
import io.flannelj.lease.Lease;
import io.flannelj.net.IpPrefix;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The leases of all nodes that were seen, folded from lists and events. For one thread. */
final class KnownNodes {
  private final Function<KubeNode, Optional<Lease>> reading;
  private final Consumer<String> report;
  private final Map<String, Lease> leases = new HashMap<>();
  private final Map<String, String> problems = new TreeMap<>();
  // Nodes whose subnet another node has, by name.
  private final Map<String, Lease> rivals = new TreeMap<>();
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
      problem = passedOver(node.name(), node.podCidrs().toString(), e.getMessage());
    }
    rivals.remove(node.name());
    Optional<Lease> rival = lease.filter(claim -> heldByAnother(claim));
    if (rival.isPresent()) {
      rivals.put(node.name(), rival.get());
      lease = Optional.empty();
    } else {
      note(node.name(), problem);
    }
    withdraw(node.name(), lease.map(Lease::subnet));
    lease.ifPresent(this::hold);
  }

  private static String passedOver(String node, String subnets, @Nullable String why) {
    return "node " + node + ", subnet " + subnets + ", is passed over: " + why;
  }

  private boolean heldByAnother(Lease claim) {
    Lease holder = editor.get(claim.subnet());
    return holder != null && !holder.node().equals(claim.node());
  }

  private void hold(Lease lease) {
    leases.put(lease.node(), lease);
    editor.put(lease.subnet(), lease);
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
      inherit(before.subnet());
    }
  }

  /**
   * A list is in the order of names, and what it lacks is removed after it was read: whoever has
   * the subnet of a vanished node may have come before that.
   */
  private void inherit(IpPrefix subnet) {
    for (Lease rival : rivals.values()) {
      if (rival.subnet().equals(subnet)) {
        rivals.remove(rival.node());
        problems.remove(rival.node());
        hold(rival);
        return;
      }
    }
  }

  /** A node is gone. */
  void remove(String node) {
    rivals.remove(node);
    withdraw(node, Optional.empty());
    problems.remove(node);
  }

  /** All nodes that are there were put since {@code seen} was begun: the others are gone. */
  void retain(Set<String> seen) {
    Set<String> gone = new HashSet<>(leases.keySet());
    gone.addAll(problems.keySet());
    gone.addAll(rivals.keySet());
    gone.removeAll(seen);
    gone.forEach(this::remove);
  }

  /** The leases by subnet; the same object if none changed. */
  PersistentMap<IpPrefix, Lease> publish() {
    rivals.forEach(
        (name, claim) -> {
          Lease holder = Objects.requireNonNull(editor.get(claim.subnet()), "who is in the way");
          String why = "it is that of node " + holder.node();
          note(name, passedOver(name, claim.subnets().toString(), why));
        });
    published = editor.done();
    editor = published.edit();
    return published;
  }

  /** Nodes that are passed over, a line each. */
  Iterable<String> problems() {
    return problems.values();
  }
}
