package io.flannelj.store.etcd;

import io.flannelj.collection.PersistentMap;
import io.flannelj.lease.Lease;
import io.flannelj.lease.SubnetKey;
import io.flannelj.net.IpPrefix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * What the keys below {@code subnets/} say, change by change. A key or value that is no lease is
 * passed over, and told; a value of that kind says nothing of the lease that was there before,
 * least of all that it is no more.
 */
final class KnownLeases {
  private static final int MOST_NOTES = 10;

  private final String prefix;
  private final Consumer<String> report;
  private final UnaryOperator<Lease> naming;
  private final Map<SubnetKey, Found> known = new HashMap<>();
  // In dual stack several keys may begin with one IPv4 subnet for a moment.
  private final Map<IpPrefix, Set<SubnetKey>> bySubnet = new HashMap<>();
  private final Map<String, String> passedOver = new TreeMap<>();
  private final Set<IpPrefix> touched = new HashSet<>();
  private PersistentMap<IpPrefix, Lease> published = PersistentMap.empty();

  /** A lease and the key it was read from. */
  record Found(KeyValue kv, Lease lease) {}

  /**
   * Nothing yet.
   *
   * @param prefix of all keys
   * @param report gets one line for each key that is passed over
   * @param naming gives leases the names of their nodes
   */
  KnownLeases(String prefix, Consumer<String> report, UnaryOperator<Lease> naming) {
    this.prefix = prefix;
    this.report = report;
    this.naming = naming;
  }

  /** A key was written. */
  void put(KeyValue kv) {
    Optional<SubnetKey> key = keyOf(kv.key());
    if (key.isEmpty()) {
      passOver(kv.key(), "it is no subnet's, such as 10.244.1.0-24");
      return;
    }
    Found before = known.get(key.get());
    if (before != null && before.kv().modRevision() == kv.modRevision()) {
      return;
    }
    try {
      Lease lease = LeaseRecord.read(key.get(), kv);
      passedOver.remove(kv.key());
      known.put(key.get(), new Found(kv, lease));
      bySubnet.computeIfAbsent(key.get().subnet(), none -> new HashSet<>()).add(key.get());
      touched.add(key.get().subnet());
    } catch (IllegalArgumentException e) {
      passOver(kv.key(), String.valueOf(e.getMessage()));
    }
  }

  /** A key is gone. */
  void remove(String name) {
    passedOver.remove(name);
    keyOf(name).ifPresent(this::remove);
  }

  private Optional<SubnetKey> keyOf(String name) {
    return name.startsWith(prefix)
        ? SubnetKey.parse(name.substring(prefix.length()))
        : Optional.empty();
  }

  private void remove(SubnetKey key) {
    if (known.remove(key) != null) {
      Set<SubnetKey> keys = bySubnet.getOrDefault(key.subnet(), new HashSet<>());
      keys.remove(key);
      if (keys.isEmpty()) {
        bySubnet.remove(key.subnet());
      }
      touched.add(key.subnet());
    }
  }

  /**
   * All keys at one moment.
   *
   * @param sure whether what is not among them is gone
   */
  void replace(List<KeyValue> all, boolean sure) {
    Set<String> names = new HashSet<>();
    all.forEach(kv -> names.add(kv.key()));
    passedOver.keySet().retainAll(names);
    if (sure) {
      known.keySet().stream()
          .filter(key -> !names.contains(prefix + key))
          .toList()
          .forEach(this::remove);
    }
    all.forEach(this::put);
  }

  /** Whether more than one is known, and none of them is among these keys. */
  boolean lacksAll(List<KeyValue> all) {
    return known.size() > 1
        && all.stream().flatMap(kv -> keyOf(kv.key()).stream()).noneMatch(known::containsKey);
  }

  /** All that comes is newer than what is known, whatever its revisions say. */
  void forgetRevisions() {
    known.replaceAll(
        (key, found) -> {
          KeyValue kv = found.kv();
          return new Found(new KeyValue(kv.key(), kv.value(), 0, 0, kv.lease()), found.lease());
        });
  }

  private void passOver(String key, String why) {
    if (!why.equals(passedOver.put(key, why))) {
      report.accept(note(key, why));
    }
  }

  private static String note(String key, String why) {
    return "etcd's key " + key + " is passed over: " + why;
  }

  /** Keys that are no usable leases at present, each with the reason. */
  List<String> notes() {
    List<String> notes = new ArrayList<>();
    passedOver.forEach((key, why) -> notes.add(note(key, why)));
    if (notes.size() > MOST_NOTES) {
      int more = notes.size() - MOST_NOTES;
      notes.subList(MOST_NOTES, notes.size()).clear();
      notes.add("and " + more + " more of etcd's keys are passed over");
    }
    return notes;
  }

  /** Leases by their keys. */
  Map<SubnetKey, Found> all() {
    return known;
  }

  /** Keys of subnets whose values cannot be read: the subnets are not free. */
  List<SubnetKey> unreadable() {
    return passedOver.keySet().stream().flatMap(key -> keyOf(key).stream()).toList();
  }

  /** Leases by subnet, at the price of what has changed since the last call. */
  PersistentMap<IpPrefix, Lease> publish() {
    PersistentMap.Editor<IpPrefix, Lease> editor = published.edit();
    for (IpPrefix subnet : touched) {
      Optional<Found> latest =
          bySubnet.getOrDefault(subnet, Set.of()).stream()
              .flatMap(key -> Optional.ofNullable(known.get(key)).stream())
              .filter(found -> !LeaseRecord.isWaiting(found.lease()))
              .reduce((a, b) -> a.kv().modRevision() > b.kv().modRevision() ? a : b);
      latest.ifPresentOrElse(
          found -> editor.put(subnet, naming.apply(found.lease())), () -> editor.remove(subnet));
    }
    touched.clear();
    published = editor.done();
    return published;
  }
}
