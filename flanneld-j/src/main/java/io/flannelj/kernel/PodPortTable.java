package io.flannelj.kernel;

import io.flannelj.libc.Errno;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.reconcile.KernelTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The pods' veths as ports of the bridge.
 *
 * <p>Key: the interface index, which no other interface of the namespace gets while it runs. The
 * kernel takes every port off when the bridge is deleted, and forgets hairpin mode and isolation
 * with the port. What is on the bridge beside pods' veths is never touched, and nothing is taken
 * off it here.
 */
public final class PodPortTable implements KernelTable<Integer, PodPortFacts> {
  private static final int REQUESTS_PER_PORT = 3;

  private final NetlinkTransport transport;
  private final PodBridge bridge;

  /** For the ports that were seen. */
  public PodPortTable(NetlinkTransport transport, PodBridge bridge) {
    this.transport = transport;
    this.bridge = bridge;
  }

  @Override
  public String name() {
    return "pod port";
  }

  @Override
  public Map<Integer, PodPortFacts> dumpOwned() {
    Map<Integer, PodPortFacts> present = new HashMap<>();
    int index = bridge.index();
    if (index == 0) {
      return present;
    }
    Map<Integer, PodPortFacts> wanted = bridge.wantedPorts();
    for (NetlinkMessage message : transport.dump(Links.listPorts(index))) {
      LinkInfo link = LinkInfo.of(message);
      // The values as they are wanted: a port on its bridge is right however it was set since.
      if (link.master() == index && link.isUp() && wanted.containsKey(link.index())) {
        present.put(link.index(), wanted.get(link.index()));
      }
    }
    return present;
  }

  @Override
  public Map<Integer, RuntimeException> apply(
      Map<Integer, PodPortFacts> toPut, Map<Integer, PodPortFacts> toRemove) {
    List<Integer> indices = new ArrayList<>();
    List<NetlinkRequest> requests = new ArrayList<>();
    for (Map.Entry<Integer, PodPortFacts> entry : toPut.entrySet()) {
      PodPortFacts port = entry.getValue();
      LinkId link = PodPortFacts.id(entry.getKey());
      bridge.putting(entry.getKey(), port);
      indices.add(entry.getKey());
      requests.add(Links.setMaster(link, bridge.index()));
      requests.add(Links.setPort(link, port.alias(), port.hairpin(), port.isolated()));
      requests.add(Links.setUp(link));
    }
    List<Optional<NetlinkException>> results = transport.executeAll(requests);
    Map<Integer, RuntimeException> failures = new HashMap<>();
    for (int i = 0; i < results.size(); i++) {
      Integer index = indices.get(i / REQUESTS_PER_PORT);
      results.get(i).ifPresent(failure -> failures.putIfAbsent(index, failure));
    }
    failures
        .entrySet()
        .removeIf(
            failure -> {
              boolean gone =
                  failure.getValue() instanceof NetlinkException refused
                      && refused.errno() == Errno.ENODEV
                      && Links.show(transport, PodPortFacts.id(failure.getKey())).isEmpty();
              if (gone) {
                bridge.forgetPort(failure.getKey());
              }
              return gone;
            });
    return failures;
  }
}
