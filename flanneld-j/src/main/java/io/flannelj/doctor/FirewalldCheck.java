package io.flannelj.doctor;

import io.flannelj.kernel.Firewalld;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether firewalld, which rejects what it does not know, knows of pods and of the tunnel. */
final class FirewalldCheck {
  private FirewalldCheck() {}

  static Finding judge(Firewalld rules, HostFacts facts) {
    HostFacts.Network network = facts.network();
    List<IpPrefix> rejected =
        network.prefixes().stream()
            .filter(prefix -> !rules.forwards(prefix, "cni0", network.deviceOf(prefix)))
            .toList();
    boolean admits = true;
    for (boolean ipv4 : new boolean[] {true, false}) {
      admits &=
          !facts.uses(ipv4) || rules.admits(network.port(), network.underlay(), node(facts, ipv4));
    }
    List<String> what = new ArrayList<>();
    List<String> remedies = new ArrayList<>();
    if (!rejected.isEmpty()) {
      what.add("forwarded packets of pods");
      remedies.add(Firewalld.remedyForPods(rejected));
    }
    if (!admits) {
      what.add("UDP " + network.port() + " on " + network.underlay());
      remedies.add(Firewalld.remedyForPort(network.port()));
    }
    return what.isEmpty()
        ? Finding.ok("firewalld", "it lets pods' packets and the tunnel's pass")
        : Finding.fail(
            "firewalld", "rejects " + String.join(" and ", what), String.join("; ", remedies));
  }

  private static Optional<IpAddress> node(HostFacts facts, boolean ipv4) {
    return facts.leases().known().stream()
        .flatMap(lease -> lease.half(ipv4).stream())
        .map(HostFacts.LeaseView::publicIp)
        .filter(address -> !address.isEmpty())
        .map(IpAddress::parse)
        .findFirst();
  }
}
