package io.flannelj.doctor;

import io.flannelj.doctor.HostFacts.Device;
import io.flannelj.kernel.Capabilities;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Kernel, its parameters, the process's rights, MTU and checksums. */
final class KernelChecks {
  private static final int CAP_NET_ADMIN = 12;
  private static final int OLDEST_MAJOR = 5;
  private static final int OLDEST_MINOR = 14;
  private static final int ENCAPSULATION_IPV4 = 50;
  private static final int ENCAPSULATION_IPV6 = 70;
  // IP's and ICMP's, which ping does not count.
  private static final int HEADERS_IPV4 = 28;
  private static final int HEADERS_IPV6 = 48;
  private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+).*");

  private KernelChecks() {}

  static List<Finding> run(HostFacts facts) {
    List<Finding> findings = new ArrayList<>();
    findings.add(kernel(facts));
    findings.add(capabilities(facts));
    findings.addAll(forwarding(facts));
    findings.add(reversePath(facts));
    findings.add(bridgeFilter(facts));
    findings.add(mtu(facts));
    findings.add(checksums(facts));
    return findings;
  }

  private static Finding kernel(HostFacts facts) {
    Matcher release = RELEASE.matcher(facts.kernel());
    if (!release.matches()) {
      return Finding.warn("kernel", "release \"" + facts.kernel() + "\" tells no version", "");
    }
    int major = Integer.parseInt(release.group(1));
    int minor = Integer.parseInt(release.group(2));
    if (major < OLDEST_MAJOR || (major == OLDEST_MAJOR && minor < OLDEST_MINOR)) {
      return Finding.fail(
          "kernel",
          facts.kernel() + " is older than 5.14: it has no SO_NETNS_COOKIE, which ADD needs",
          "install a kernel from 5.14 on and reboot");
    }
    return Finding.ok("kernel", facts.kernel());
  }

  private static Finding capabilities(HostFacts facts) {
    String who =
        facts
            .daemon()
            .map(daemon -> "the daemon (pid " + daemon.pid() + ")")
            .orElse("this process");
    if (((facts.capabilities() >> CAP_NET_ADMIN) & 1) == 1) {
      return Finding.ok("capability", who + " has CAP_NET_ADMIN");
    }
    return Finding.fail(
        "capability",
        who + " lacks CAP_NET_ADMIN: it may not change links, routes and nftables",
        facts.daemon().isPresent()
            ? Capabilities.REMEDY
            : "run doctor as root: what else it says may be wrong without");
  }

  private static List<Finding> forwarding(HostFacts facts) {
    List<Finding> findings = new ArrayList<>();
    if (facts.uses(true)) {
      findings.add(forwarding(facts, "net/ipv4/ip_forward"));
    }
    if (facts.uses(false)) {
      findings.add(
          facts.hasIpv6()
              ? forwarding(facts, "net/ipv6/conf/all/forwarding")
              : withoutIpv6(facts.uses(true)));
    }
    return findings;
  }

  private static Finding withoutIpv6(boolean dual) {
    String text = "this kernel has no IPv6 (ipv6.disable=1?): ";
    String remedy = "boot without ipv6.disable=1";
    return dual
        ? Finding.warn("ipv6", text + "pods get IPv4 only", remedy)
        : Finding.fail("ipv6", text + "pods get no address", remedy + ", or enable IPv4");
  }

  private static Finding forwarding(HostFacts facts, String key) {
    String value = facts.sysctls().getOrDefault(key, "absent");
    String dotted = key.replace('/', '.');
    if (value.equals("1")) {
      return Finding.ok("ip_forward", dotted + " = 1");
    }
    return Finding.fail(
        "ip_forward",
        dotted + " = " + value + ": the kernel forwards no packet from or to a pod",
        "sysctl -w " + dotted + "=1; echo " + dotted + "=1 >>/etc/sysctl.d/90-flannel.conf");
  }

  /** The kernel takes the higher of all and the device. */
  private static Finding reversePath(HostFacts facts) {
    if (!facts.uses(true)) {
      return Finding.ok("rp_filter", "IPv6 has none");
    }
    List<String> strict = new ArrayList<>();
    for (String device : List.of(facts.network().device(), facts.network().underlay())) {
      int own = number(facts, "net/ipv4/conf/" + device + "/rp_filter");
      int all = number(facts, "net/ipv4/conf/all/rp_filter");
      if (facts.links().containsKey(device) && Math.max(own, all) == 1) {
        strict.add(device);
      }
    }
    if (strict.isEmpty()) {
      return Finding.ok("rp_filter", "not strict on the tunnel and the device below it");
    }
    StringBuilder remedy = new StringBuilder();
    for (String device : strict) {
      remedy.append(remedy.length() == 0 ? "" : "; ");
      remedy.append("sysctl -w net/ipv4/conf/").append(device).append("/rp_filter=2");
    }
    return Finding.warn(
        "rp_filter",
        "strict on "
            + String.join(", ", strict)
            + ": packets that nodes send to pods with the address of another device are dropped, as"
            + " is what comes another way than it goes (DirectRouting, several uplinks)",
        remedy.toString());
  }

  private static int number(HostFacts facts, String key) {
    return Optional.ofNullable(facts.sysctls().get(key))
        .filter(value -> value.matches("\\d{1,3}"))
        .map(Integer::parseInt)
        .orElse(0);
  }

  private static Finding bridgeFilter(HostFacts facts) {
    String breaks = "a Service whose endpoint is on the caller's own bridge does not answer it";
    List<String> keys = new ArrayList<>();
    if (facts.uses(true)) {
      keys.add("bridge-nf-call-iptables");
    }
    if (facts.uses(false) && facts.hasIpv6()) {
      keys.add("bridge-nf-call-ip6tables");
    }
    List<String> values = new ArrayList<>();
    List<String> remedies = new ArrayList<>();
    for (String key : keys) {
      Optional<String> value = Optional.ofNullable(facts.sysctls().get("net/bridge/" + key));
      value.ifPresent(is -> values.add(key + " = " + is));
      if (!value.equals(Optional.of("1"))) {
        remedies.add("sysctl -w net.bridge." + key + "=1");
      }
    }
    if (remedies.isEmpty()) {
      return Finding.ok(
          "br_netfilter", values.isEmpty() ? "not needed" : String.join(", ", values));
    }
    return values.isEmpty()
        ? Finding.warn(
            "br_netfilter",
            "the module is not loaded: " + breaks + "; pods reach each other all the same",
            "modprobe br_netfilter; echo br_netfilter >/etc/modules-load.d/flannel.conf")
        : Finding.warn(
            "br_netfilter", String.join(", ", values) + ": " + breaks, String.join("; ", remedies));
  }

  private static Finding mtu(HostFacts facts) {
    HostFacts.Network network = facts.network();
    Optional<Device> below = Optional.ofNullable(facts.links().get(network.underlay()));
    List<String> sizes = new ArrayList<>();
    int most = Integer.MAX_VALUE;
    int least = Integer.MAX_VALUE;
    boolean tooLarge = false;
    List<String> names =
        network.prefixes().isEmpty()
            ? network.devices()
            : facts.carried().stream().map(network::deviceOf).distinct().toList();
    if (names.isEmpty()) {
      return Finding.warn("mtu", "there is no tunnel on a kernel without IPv6", "");
    }
    for (String name : names) {
      Optional<Device> tunnel = Optional.ofNullable(facts.links().get(name));
      if (tunnel.isEmpty() || below.isEmpty()) {
        return Finding.warn(
            "mtu",
            name
                + (tunnel.isEmpty()
                    ? " does not exist"
                    : " stands on a device that is unknown here"),
            "flanneld-j run makes it");
      }
      int fits =
          below.get().mtu() - (isIpv6(network, name) ? ENCAPSULATION_IPV6 : ENCAPSULATION_IPV4);
      if (tunnel.get().mtu() > fits) {
        most = Math.min(most, fits);
        tooLarge = true;
      }
      least = Math.min(least, tunnel.get().mtu());
      sizes.add(name + " " + tunnel.get().mtu());
    }
    int outer = below.map(Device::mtu).orElse(0);
    sizes.add(network.underlay() + " " + outer);
    String all = String.join(", ", sizes);
    if (tooLarge) {
      return Finding.fail(
          "mtu",
          all + ": at most " + most + " fit; large packets are lost, small ones pass",
          "set Backend.MTU in net-conf.json to "
              + outer
              + " or less, or take it out, and restart the daemon");
    }
    Optional<Device> bridge = Optional.ofNullable(facts.links().get("cni0"));
    if (bridge.isPresent() && bridge.get().mtu() > least) {
      return Finding.fail(
          "mtu",
          "cni0 " + bridge.get().mtu() + ", " + all + ": pods send more than the tunnel takes",
          "ip link set cni0 mtu " + least + ", and start the node's pods anew");
    }
    return Finding.ok(
        "mtu",
        all
            + "; what the network between the nodes takes: ping -M do -s "
            + (outer - (facts.uses(true) ? HEADERS_IPV4 : HEADERS_IPV6))
            + " NODE");
  }

  private static boolean isIpv6(HostFacts.Network network, String device) {
    return network.prefixes().stream()
        .filter(prefix -> network.deviceOf(prefix).equals(device))
        .anyMatch(prefix -> !prefix.isIpv4());
  }

  private static Finding checksums(HostFacts facts) {
    String device = facts.network().device();
    String offload =
        facts
            .checksums()
            .offload()
            .map(on -> device + " tx-checksum-ip-generic " + (on ? "on" : "off"))
            .orElse("offload of " + device + " unknown");
    long errors = facts.checksums().errors();
    if (errors == 0 || facts.checksums().offload().equals(Optional.of(false))) {
      return Finding.ok("checksum", offload + ", " + errors + " packets came with a wrong one");
    }
    return Finding.warn(
        "checksum",
        offload
            + ", "
            + errors
            + " packets came with a wrong one since boot: some kernels, NICs and hypervisors spoil"
            + " those of encapsulated packets; connections then hang for 1, 3 or 63 s",
        "on the sending nodes: ethtool -K " + device + " tx-checksum-ip-generic off");
  }
}
