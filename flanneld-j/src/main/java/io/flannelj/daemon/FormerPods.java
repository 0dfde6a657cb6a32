package io.flannelj.daemon;

import io.flannelj.cni.attachment.AttachmentRecord;
import io.flannelj.config.SubnetPool;
import io.flannelj.lease.Lease;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Running pods with addresses of a subnet that this node had before. They were there first: they
 * are named, and the routes to those who have their subnet now wait until they are gone.
 */
final class FormerPods {
  private static final int MOST_NAMED = 20;

  private volatile Function<Predicate<IpAddress>, List<AttachmentRecord>> living = ip -> List.of();
  private volatile Function<Predicate<IpAddress>, List<AttachmentRecord>> unattended =
      ip -> List.of();
  private volatile Supplier<Optional<Map<Integer, String>>> ports = Optional::empty;
  private volatile String text = "";

  /** Asks for living attachments there from now on. */
  void use(Function<Predicate<IpAddress>, List<AttachmentRecord>> source) {
    living = source;
  }

  /**
   * Asks there for pods made by Go plugins from now on.
   *
   * @param addresses records that may be theirs, or of pods that are gone
   * @param onBridge the ports of the pods' bridge: one that no record of ours explains is theirs;
   *     empty while it is not known, and in doubt they live
   */
  void useForeign(
      Function<Predicate<IpAddress>, List<AttachmentRecord>> addresses,
      Supplier<Optional<Map<Integer, String>>> onBridge) {
    unattended = addresses;
    ports = onBridge;
  }

  /** Names of ports that no living attachment is known for. */
  private List<String> foreign(Map<Integer, String> onBridge) {
    Map<Integer, String> present = new TreeMap<>(onBridge);
    if (!present.isEmpty()) {
      living.apply(ip -> true).forEach(record -> present.remove(record.hostIndex()));
    }
    return List.copyOf(present.values());
  }

  private List<AttachmentRecord> find(
      Predicate<IpAddress> wanted, Optional<Map<Integer, String>> onBridge) {
    List<AttachmentRecord> found = new ArrayList<>(living.apply(wanted));
    List<AttachmentRecord> others = unattended.apply(wanted);
    if (!others.isEmpty() && onBridge.filter(all -> foreign(all).isEmpty()).isEmpty()) {
      found.addAll(others);
    }
    return found;
  }

  /**
   * Who has an address of a former subnet: pods, or ports of which that cannot be told because
   * their addresses are in no record.
   */
  List<String> users(IpPrefix subnet, Map<Integer, String> onBridge) {
    Predicate<IpAddress> wanted = ip -> ip.isIpv4() == subnet.isIpv4() && subnet.contains(ip);
    List<String> users = new ArrayList<>();
    for (AttachmentRecord record : find(wanted, Optional.of(onBridge))) {
      users.add(name(record));
    }
    if (users.isEmpty()) {
      List<String> foreign = foreign(onBridge);
      int explained = unattended.apply(ip -> !wanted.test(ip)).size();
      if (foreign.size() > explained) {
        foreign.forEach(port -> users.add("whoever is behind " + port));
      }
    }
    return users;
  }

  /** The former subnets that are in use; used by the node's thread. */
  List<IpPrefix> held(List<SubnetPool> pools, Lease lease) {
    List<AttachmentRecord> former = find(ip -> pool(pools, lease, ip).isPresent(), ports.get());
    text = former.isEmpty() ? "" : text(former, lease);
    Set<IpPrefix> held = new LinkedHashSet<>();
    for (AttachmentRecord record : former) {
      pool(pools, lease, record.ip())
          .ifPresent(pool -> held.add(new IpPrefix(record.ip(), pool.subnetLength()).masked()));
    }
    return List.copyOf(held);
  }

  /** The pool that an address belongs to, if it is outside of our own subnet. */
  private static Optional<SubnetPool> pool(List<SubnetPool> pools, Lease lease, IpAddress ip) {
    AddressFamily family = AddressFamily.of(ip);
    return pools.stream()
        .filter(pool -> pool.family() == family && pool.network().contains(ip))
        .filter(pool -> lease.half(family).stream().noneMatch(own -> own.subnet().contains(ip)))
        .findFirst();
  }

  private static String text(List<AttachmentRecord> former, Lease lease) {
    return former.size()
        + " running pods have addresses of a former subnet, where other nodes do not reach them"
        + " (ours is "
        + lease.subnet()
        + " now): restart "
        + former.stream().limit(MOST_NAMED).map(FormerPods::name).collect(Collectors.joining(", "))
        + (former.size() > MOST_NAMED ? " and more" : "");
  }

  private static String name(AttachmentRecord record) {
    return record.ip()
        + " ("
        + record.attachment().ifName()
        + " of container "
        + record.attachment().containerId()
        + ")";
  }

  /** What is to be told; empty if there are none. */
  String text() {
    return text;
  }
}
