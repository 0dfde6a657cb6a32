package io.flannelj.testkit;

import static io.flannelj.netlink.route.address.AddressConstants.IFA_F_NODAD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flannelj.libc.Errno;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.Rtnetlink;
import io.flannelj.netlink.route.address.AddressSpec;
import io.flannelj.netlink.route.address.Addresses;
import io.flannelj.netlink.route.link.BridgeSpec;
import io.flannelj.netlink.route.link.LinkAttribute;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.netlink.route.link.VethEnd;
import io.flannelj.netlink.route.link.VxlanAttribute;
import io.flannelj.netlink.route.link.VxlanSpec;
import io.flannelj.netlink.route.neighbour.Fdb;
import io.flannelj.netlink.route.neighbour.FdbSpec;
import io.flannelj.netlink.route.neighbour.NeighbourSpec;
import io.flannelj.netlink.route.neighbour.Neighbours;
import io.flannelj.netlink.route.route.RouteFilter;
import io.flannelj.netlink.route.route.RouteSpec;
import io.flannelj.netlink.route.route.Routes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class FakeKernelTest {
  private static final int PEER = 2;
  private static final int EXT = 3;
  private static final int VXLAN = 4;
  private static final int BRIDGE = 5;
  private static final int POD = 6;
  private static final int PORT = 7;

  /** What every step does to a kernel, in order; indexes are as the kernel gives them. */
  private static List<NetlinkRequest> scenario() {
    List<NetlinkRequest> steps = new ArrayList<>();
    underlay(steps);
    vxlan(steps);
    peers(steps);
    addresses(steps);
    routes(steps);
    bridge(steps);
    ipv6(steps);
    departures(steps);
    return steps;
  }

  private static void underlay(List<NetlinkRequest> steps) {
    steps.add(Routes.list(RouteFilter.all(Rtnetlink.AF_INET).inTable(254)));
    steps.add(Routes.list(RouteFilter.all(Rtnetlink.AF_INET6).inTable(254)));
    steps.add(veth("ext0", mac(1), "ext1", mac(2)));
    steps.add(veth("ext0", mac(1), "other", mac(2)));
    steps.add(Links.create("weird0", "weird"));
    steps.add(Links.setUp(LinkId.named("ext0")));
    steps.add(Links.setUp(LinkId.named("ext1")));
    steps.add(Links.setUp(LinkId.named("ext7")));
    steps.add(Addresses.add(AddressSpec.of(EXT, prefix("192.168.5.1/24")).withBroadcast()));
    steps.add(Addresses.add(AddressSpec.of(EXT, prefix("192.168.5.1/24"))));
    steps.add(Addresses.add(AddressSpec.of(77, prefix("192.168.5.1/24"))));
    steps.add(Addresses.replace(AddressSpec.of(EXT, prefix("192.168.5.1/24"))));
    steps.add(Links.setMtu(LinkId.of(EXT), 67));
    steps.add(Links.setMtu(LinkId.of(EXT), 1400));
    steps.add(Links.setMtu(LinkId.of(EXT), 70000));
    steps.add(Links.delete(LinkId.of(1)));
    steps.add(Links.delete(LinkId.named("none")));
  }

  private static void vxlan(List<NetlinkRequest> steps) {
    steps.add(Links.createVxlan(vxlan("flannel.1", 1, EXT)));
    steps.add(Links.createVxlan(vxlan("flannel.2", 1, EXT)));
    steps.add(Links.createVxlan(vxlan("flannel.3", 3, 99)));
    steps.add(Links.setMtu(LinkId.of(VXLAN), 1400));
    steps.add(Links.setMtu(LinkId.of(VXLAN), 1300));
    steps.add(
        Links.setVxlan(
            LinkId.of(VXLAN),
            List.of(new VxlanAttribute.Learning(true), ttl(7), local("192.168.5.9"))));
    steps.add(Links.setVxlan(LinkId.of(VXLAN), List.of(new VxlanAttribute.Id(2))));
    steps.add(Links.setVxlan(LinkId.of(VXLAN), List.of(new VxlanAttribute.Port(4789))));
    steps.add(bothMtuAndLearning());
    steps.add(Links.setVxlan(LinkId.of(EXT), List.of(new VxlanAttribute.Learning(true))));
    steps.add(Addresses.add(AddressSpec.of(VXLAN, prefix("10.244.0.0/32"))));
    steps.add(Routes.replace(via("10.244.2.0/24", "10.244.2.0", VXLAN).withOnlink()));
    steps.add(Neighbours.replace(neighbour("10.244.2.0", mac(12))));
    steps.add(Links.setUp(LinkId.of(VXLAN)));
  }

  private static NetlinkRequest bothMtuAndLearning() {
    NetlinkRequest alone =
        Links.setVxlan(LinkId.of(VXLAN), List.of(new VxlanAttribute.Learning(false)));
    return new NetlinkRequest(
        "ip link set mtu 1200 and vxlan learning",
        alone.type(),
        alone.flags(),
        out -> {
          alone.body().writeTo(out);
          new LinkAttribute.Mtu(1200).writeTo(out);
        });
  }

  private static void peers(List<NetlinkRequest> steps) {
    for (int i = 2; i < 5; i++) {
      String zero = "10.244." + i + ".0";
      steps.add(Neighbours.replace(neighbour(zero, mac(10 + i)).withProtocol(80)));
      steps.add(Fdb.replace(fdb(mac(10 + i), "192.168.5." + i)));
      steps.add(Routes.replace(via(zero + "/24", zero, VXLAN).withOnlink().withProtocol(80)));
    }
    steps.add(Neighbours.add(neighbour("10.244.2.0", mac(99))));
    steps.add(Neighbours.replace(neighbour("10.244.2.0", mac(98))));
    steps.add(Neighbours.delete(VXLAN, ip("10.244.99.0")));
    steps.add(Neighbours.delete(88, ip("10.244.2.0")));
    steps.add(Neighbours.delete(VXLAN, ip("10.244.3.0")));
    steps.add(Fdb.add(fdb(mac(12), "192.168.5.77")));
    steps.add(Fdb.replace(fdb(mac(12), "192.168.5.78")));
    steps.add(Fdb.delete(fdb(mac(13), "192.168.5.99")));
    steps.add(Fdb.delete(fdb(mac(13), "192.168.5.3")));
    steps.add(Fdb.delete(fdb(mac(13), "192.168.5.3")));
    steps.add(Links.setMac(LinkId.of(VXLAN), mac(50)));
    steps.add(Neighbours.replace(neighbour("10.244.2.0", mac(12))));
    steps.add(Links.setMac(LinkId.of(VXLAN), mac(50)));
  }

  private static void addresses(List<NetlinkRequest> steps) {
    steps.add(Addresses.add(AddressSpec.of(EXT, prefix("192.168.5.50/24"))));
    steps.add(Addresses.add(AddressSpec.of(EXT, prefix("10.9.0.1/16")).withBroadcast()));
    steps.add(Addresses.delete(EXT, prefix("10.8.0.1/16")));
    steps.add(Addresses.delete(EXT, prefix("192.168.5.1/25")));
    steps.add(Addresses.delete(EXT, prefix("192.168.5.1/24")));
    steps.add(Addresses.add(AddressSpec.of(EXT, prefix("192.168.5.1/24"))));
    steps.add(Addresses.list(Rtnetlink.AF_INET, 99));
  }

  private static void routes(List<NetlinkRequest> steps) {
    steps.add(Routes.add(via("172.16.0.0/16", "192.168.5.254", EXT)));
    steps.add(Routes.add(via("172.16.0.0/16", "192.168.5.253", EXT)));
    steps.add(Routes.append(via("172.16.0.0/16", "192.168.5.253", EXT)));
    steps.add(Routes.append(via("172.16.0.0/16", "192.168.5.253", EXT)));
    steps.add(Routes.add(via("172.17.0.0/16", "192.168.5.254", 0).withMetric(9).withMtu(1300)));
    steps.add(Routes.add(via("172.18.0.0/16", "192.168.77.1", EXT)));
    steps.add(Routes.add(via("172.18.0.0/16", "192.168.77.1", 0)));
    steps.add(Routes.add(via("172.18.0.0/16", "192.168.5.1", EXT)));
    steps.add(Routes.add(via("172.18.0.0/16", "192.168.77.1", 99).withOnlink()));
    steps.add(Routes.add(via("172.18.0.0/16", "192.168.5.2", EXT).withSource(ip("9.9.9.9"))));
    steps.add(Routes.add(RouteSpec.onDevice(prefix("172.19.0.0/16"), EXT).withTable(1000)));
    steps.add(Routes.list(RouteFilter.all(Rtnetlink.AF_INET).inTable(1000).out(EXT)));
    steps.add(Routes.list(RouteFilter.all(Rtnetlink.AF_INET).inTable(1001)));
    steps.add(Routes.list(RouteFilter.all(Rtnetlink.AF_INET).out(99)));
    steps.add(Routes.replace(via("172.16.0.0/16", "192.168.5.252", EXT).withProtocol(80)));
    steps.add(Routes.delete(via("172.16.0.0/16", "192.168.5.1", EXT)));
    steps.add(Routes.delete(via("172.16.0.0/16", "192.168.5.252", EXT)));
    steps.add(Routes.delete(via("172.16.0.0/16", "192.168.5.252", EXT).withProtocol(80)));
    steps.add(Routes.delete(RouteSpec.onDevice(prefix("172.17.0.0/16"), EXT)));
    steps.add(Routes.get(ip("8.8.8.8")));
    steps.add(Routes.add(via("0.0.0.0/0", "192.168.5.254", EXT)));
    steps.add(Routes.get(ip("8.8.8.8")));
  }

  private static void bridge(List<NetlinkRequest> steps) {
    steps.add(Links.createBridge(new BridgeSpec("cni0", Optional.of(mac(60)), false, true)));
    steps.add(Links.createBridge(new BridgeSpec("cni0", Optional.empty(), false, true)));
    steps.add(Addresses.add(AddressSpec.of(BRIDGE, prefix("10.244.1.1/24")).withBroadcast()));
    steps.add(
        Links.createVeth(
            VethEnd.named("vethpod").withMac(mac(61)).withMtu(1300).withMaster(BRIDGE).withUp(),
            VethEnd.named("pod0").withMac(mac(62)).withMtu(1300)));
    steps.add(Links.setPort(LinkId.named("vethpod"), "net/id/eth0", true, true));
    steps.add(Links.setPort(LinkId.of(EXT), "x", true, true));
    steps.add(Links.setMaster(LinkId.of(POD), 99));
    steps.add(Links.setMaster(LinkId.of(POD), EXT));
    steps.add(Links.setMtu(LinkId.of(BRIDGE), 1250));
    steps.add(Links.setAlias(LinkId.of(EXT), "the outside"));
    steps.add(Links.setAlias(LinkId.of(EXT), ""));
    steps.add(Links.rename(LinkId.of(POD), "vethpod"));
    steps.add(Links.rename(LinkId.of(POD), "pod1"));
    steps.add(Links.get(LinkId.named("pod0")));
    steps.add(Links.get(LinkId.named("pod1")));
  }

  private static void ipv6(List<NetlinkRequest> steps) {
    AddressSpec address = AddressSpec.of(EXT, prefix("2001:db8::1/64")).withFlags(IFA_F_NODAD);
    steps.add(Addresses.add(address));
    steps.add(Addresses.add(address));
    steps.add(Addresses.delete(EXT, prefix("2001:db8::9/64")));
    steps.add(Routes.add(via("2001:db8:1::/64", "2001:db8::2", EXT)));
    steps.add(Routes.add(via("2001:db8:1::/64", "2001:db8::3", EXT)));
    steps.add(Routes.append(via("2001:db8:1::/64", "2001:db8::3", EXT)));
    steps.add(Routes.add(via("2001:db8:2::/64", "2001:db8:99::3", EXT)));
    steps.add(Routes.add(via("2001:db8:2::/64", "2001:db8:2::", EXT).withOnlink()));
    steps.add(Routes.delete(via("2001:db8:1::/64", "2001:db8::2", EXT)));
    steps.add(Routes.delete(via("2001:db8:9::/64", "2001:db8::2", EXT)));
    steps.add(Neighbours.replace(NeighbourSpec.permanent(EXT, ip("2001:db8::2"), mac(70))));
  }

  private static void departures(List<NetlinkRequest> steps) {
    steps.add(Links.setDown(LinkId.of(VXLAN)));
    steps.add(Links.setUp(LinkId.of(VXLAN)));
    steps.add(Routes.replace(via("10.244.2.0/24", "10.244.2.0", VXLAN).withOnlink()));
    steps.add(Links.setMaster(LinkId.of(PORT), 0));
    steps.add(Links.setDown(LinkId.of(EXT)));
    steps.add(Links.setUp(LinkId.of(EXT)));
    steps.add(Links.delete(LinkId.of(POD)));
    steps.add(Links.delete(LinkId.of(BRIDGE)));
    steps.add(Links.delete(LinkId.of(PEER)));
    steps.add(Links.delete(LinkId.of(VXLAN)));
  }

  private static List<String> play(NetlinkTransport kernel, List<NetlinkRequest> steps) {
    List<String> journal = new ArrayList<>();
    List<String> before = KernelSnapshot.of(kernel);
    for (NetlinkRequest step : steps) {
      journal.add("> " + step.operation() + ": " + outcome(kernel, step));
      List<String> after = KernelSnapshot.of(kernel);
      before.stream()
          .filter(line -> !after.contains(line))
          .forEach(line -> journal.add("- " + line));
      List<String> old = before;
      after.stream().filter(line -> !old.contains(line)).forEach(line -> journal.add("+ " + line));
      before = after;
    }
    return journal;
  }

  private static String outcome(NetlinkTransport kernel, NetlinkRequest step) {
    try {
      if (FakeKernel.isChange(step)) {
        kernel.execute(step);
      } else if (step.operation().contains(" get ") || step.type() == Rtnetlink.RTM_GETLINK) {
        kernel.query(step);
      } else {
        kernel.dump(step);
      }
      return "done";
    } catch (NetlinkException e) {
      return e.errno() + " " + e.extAck();
    }
  }

  @Test
  @RequiresRoot
  void doesWhatTheKernelDoes() {
    // Its words for a refusal are this kernel's; 6.1 has others for some.
    String[] version = System.getProperty("os.version").split("[.-]", -1);
    int number = 1000 * Integer.parseInt(version[0]) + Integer.parseInt(version[1]);
    assumeTrue(
        number >= 6018,
        "SKIPPED: the fake is of Linux 6.18, this is " + System.getProperty("os.version"));
    try (TestNamespace namespace = new TestNamespace();
        NetlinkSocket socket = namespace.openRoute()) {
      List<String> real = play(socket, scenario());
      assertThat(String.join("\n", play(new FakeKernel(), scenario())))
          .isEqualTo(String.join("\n", real));
    }
  }

  @Test
  void failsOnceAsToldAndGoesOn() {
    FakeKernel kernel = new FakeKernel();
    kernel.failNext(Rtnetlink.RTM_NEWLINK, Errno.EBUSY);
    List<Optional<NetlinkException>> results =
        kernel.executeAll(List.of(Links.create("a", "dummy"), Links.create("b", "dummy")));
    assertThat(results.get(0)).map(NetlinkException::errno).contains(Errno.EBUSY);
    assertThat(results.get(1)).isEmpty();
    assertThat(kernel.linkList()).extracting(LinkInfo::name).containsExactly("lo", "b");
    assertThat(kernel.pendingInjections()).isZero();
    assertThat(kernel.changes())
        .containsExactly("ip link add a type dummy", "ip link add b type dummy");
    kernel.failNext(Rtnetlink.RTM_GETLINK, Errno.EINTR);
    assertThatThrownBy(() -> kernel.dump(Links.list()))
        .isInstanceOf(NetlinkException.class)
        .hasMessageContaining("EINTR");
    assertThat(kernel.dump(Links.list())).hasSize(2);
  }

  @Test
  void somebodyElseMayComeFirst() {
    FakeKernel kernel = new FakeKernel();
    kernel.execute(Links.create("a", "dummy"));
    kernel.beforeNext(
        request -> request.type() == Rtnetlink.RTM_NEWLINK,
        () -> kernel.execute(Links.delete(LinkId.named("a"))));
    assertThatThrownBy(() -> kernel.execute(Links.setUp(LinkId.of(2))))
        .hasMessageContaining("ENODEV");
  }

  @Test
  void vethReachesIntoAnotherNamespaceAndGoesWithEitherEnd() {
    FakeKernel host = new FakeKernel();
    FakeKernel pod = host.newNamespace(40);
    List<String> events = new ArrayList<>();
    Consumer<String> log = events::add;
    pod.subscribe(message -> log.accept(message.type() + " " + LinkInfo.of(message).name()));
    host.execute(Links.createVeth(VethEnd.named("veth1"), VethEnd.named("eth0").inNetns(40)));
    assertThat(host.link("veth1")).map(LinkInfo::underlayElsewhere).contains(true);
    assertThat(pod.link("eth0")).map(LinkInfo::kind).contains("veth");
    pod.execute(Links.delete(LinkId.named("eth0")));
    assertThat(host.linkList()).extracting(LinkInfo::name).containsExactly("lo");
    assertThat(events).containsExactly("16 eth0", "17 eth0");
  }

  private static NetlinkRequest veth(String name, MacAddress mac, String peer, MacAddress peerMac) {
    return Links.createVeth(VethEnd.named(name).withMac(mac), VethEnd.named(peer).withMac(peerMac));
  }

  private static VxlanSpec vxlan(String name, int vni, int underlay) {
    return new VxlanSpec(
        name,
        mac(20 + vni),
        1450,
        vni,
        underlay,
        Optional.of(ip("192.168.5.1")),
        8472,
        false,
        false);
  }

  private static VxlanAttribute ttl(int hops) {
    return new VxlanAttribute.Ttl(hops);
  }

  private static VxlanAttribute local(String address) {
    return VxlanAttribute.local(ip(address));
  }

  private static RouteSpec via(String to, String gateway, int index) {
    return RouteSpec.via(prefix(to), ip(gateway), index);
  }

  private static NeighbourSpec neighbour(String address, MacAddress mac) {
    return NeighbourSpec.permanent(VXLAN, ip(address), mac);
  }

  private static FdbSpec fdb(MacAddress mac, String remote) {
    return FdbSpec.remote(VXLAN, mac, ip(remote));
  }

  private static MacAddress mac(int last) {
    return new MacAddress(0x02_00_00_00_00_00L + last);
  }

  private static IpAddress ip(String text) {
    return IpAddress.parse(text);
  }

  private static IpPrefix prefix(String text) {
    return IpPrefix.parse(text);
  }
}
