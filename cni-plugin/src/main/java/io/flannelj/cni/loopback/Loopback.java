package io.flannelj.cni.loopback;

import static io.flannelj.netlink.route.Rtnetlink.AF_UNSPEC;

import io.flannelj.cni.CniError;
import io.flannelj.cni.CniResult;
import io.flannelj.cni.Plugin;
import io.flannelj.cni.PluginContext;
import io.flannelj.cni.PodNamespace;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.route.address.AddressInfo;
import io.flannelj.netlink.route.address.Addresses;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Sets the pod's {@code lo} up, whatever CNI_IFNAME says, and down again. */
public final class Loopback implements Plugin {
  private static final LinkId LO = LinkId.named("lo");

  @Override
  public String type() {
    return "loopback";
  }

  @Override
  public CniResult add(PluginContext c) {
    PodNamespace pod = c.requirePod();
    pod.rtnetlink().execute(Links.setUp(LO));
    List<IpPrefix> addresses = addresses(pod);
    for (IpPrefix address : addresses) {
      if (!address.address().isLoopback()) {
        throw new CniError(
            CniError.INTERNAL,
            "loopback interface found with non-loopback address \"" + address.address() + "\"");
      }
    }
    Optional<CniResult> previous = c.conf().prevResult();
    if (previous.isPresent()) {
      return previous.get();
    }
    List<CniResult.Ip> ips = new ArrayList<>();
    first(addresses, true).ifPresent(ips::add);
    first(addresses, false).ifPresent(ips::add);
    return new CniResult(
        List.of(CniResult.Interface.of("lo", "00:00:00:00:00:00", c.environment().netns())),
        ips,
        List.of(),
        CniResult.Dns.EMPTY);
  }

  private static Optional<CniResult.Ip> first(List<IpPrefix> addresses, boolean ipv4) {
    for (IpPrefix address : addresses) {
      if (address.isIpv4() == ipv4) {
        return Optional.of(new CniResult.Ip(OptionalInt.of(0), address, Optional.empty()));
      }
    }
    return Optional.empty();
  }

  private static List<IpPrefix> addresses(PodNamespace pod) {
    int index = LinkInfo.of(pod.rtnetlink().query(Links.get(LO))).index();
    List<IpPrefix> addresses = new ArrayList<>();
    for (NetlinkMessage message : pod.rtnetlink().dump(Addresses.list(AF_UNSPEC, 0))) {
      AddressInfo address = AddressInfo.of(message);
      if (address.index() == index) {
        addresses.add(address.prefix());
      }
    }
    return addresses;
  }

  @Override
  public void del(PluginContext c) {
    Optional<PodNamespace> pod = c.caller().pod();
    // The host's own lo must never go down (containernetworking/plugins#714).
    if (pod.isPresent() && !pod.get().isHostNamespace()) {
      pod.get().rtnetlink().execute(Links.setDown(LO));
    }
  }

  @Override
  public void check(PluginContext c) {
    LinkInfo lo = LinkInfo.of(c.requirePod().rtnetlink().query(Links.get(LO)));
    if (!lo.isUp()) {
      throw new CniError(CniError.INTERNAL, "loopback interface is down");
    }
    List<IpPrefix> present = addresses(c.requirePod());
    Optional<CniResult> previous = c.conf().prevResult();
    for (CniResult.Ip ip : previous.map(CniResult::ips).orElse(List.of())) {
      // Of loopback's own result: every plugin of a list is given the last one's.
      if (ip.address().address().isLoopback() && !present.contains(ip.address())) {
        throw new CniError(
            CniError.INTERNAL, "Failed to match addr " + ip.address() + " on interface lo");
      }
    }
  }
}
