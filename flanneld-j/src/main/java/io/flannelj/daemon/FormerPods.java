package io.flannelj.daemon;

import io.flannelj.cni.attachment.AttachmentRecord;
import io.flannelj.config.SubnetPool;
import io.flannelj.lease.Lease;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Running pods with addresses of a subnet that this node had before. They were there first: they
 * are named, and the routes to those who have their subnet now wait until they are gone.
 */
final class FormerPods {
  private static final int MOST_NAMED = 20;

  private volatile Function<Predicate<IpAddress>, List<AttachmentRecord>> living = ip -> List.of();
  private volatile String text = "";

  /** Asks for living attachments there from now on. */
  void use(Function<Predicate<IpAddress>, List<AttachmentRecord>> source) {
    living = source;
  }

  /** The former subnets that are in use; used by the node's thread. */
  List<IpPrefix> held(List<SubnetPool> pools, Lease lease) {
    List<AttachmentRecord> former = living.apply(ip -> pool(pools, lease, ip).isPresent());
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
        + former.stream()
            .limit(MOST_NAMED)
            .map(
                record ->
                    record.ip()
                        + " ("
                        + record.attachment().ifName()
                        + " of container "
                        + record.attachment().containerId()
                        + ")")
            .collect(Collectors.joining(", "))
        + (former.size() > MOST_NAMED ? " and more" : "");
  }

  /** What is to be told; empty if there are none. */
  String text() {
    return text;
  }
}
