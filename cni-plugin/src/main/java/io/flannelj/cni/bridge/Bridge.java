package io.flannelj.cni.bridge;

import io.flannelj.cni.Attachment;
import io.flannelj.cni.CniError;
import io.flannelj.cni.CniResult;
import io.flannelj.cni.GcSteps;
import io.flannelj.cni.Plugin;
import io.flannelj.cni.PluginContext;
import io.flannelj.cni.PodNamespace;
import io.flannelj.cni.attachment.AttachmentRecord;
import io.flannelj.cni.attachment.Attachments;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.cni.pod.AttachmentId;
import io.flannelj.cni.pod.BridgeException;
import io.flannelj.cni.pod.BridgeSettings;
import io.flannelj.cni.pod.Bridges;
import io.flannelj.cni.pod.HostNetwork;
import io.flannelj.cni.pod.PodPort;
import io.flannelj.cni.pod.PodPorts;
import io.flannelj.cni.pod.VlanGateway;
import io.flannelj.cni.reference.ReferenceRules;
import io.flannelj.cni.rules.StaleOwners;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.sysctl.Sysctl;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The plugin {@code bridge}. Whatever an ADD made is taken back when a later step fails; a DEL
 * needs neither namespace nor prevResult.
 */
public final class Bridge implements Plugin {
  private final HostNetwork host;
  private final PodPorts ports;
  private final Bridges bridges;
  private final Attachments attachments;
  private final PodMasquerade masquerade;
  private final SpoofCheck spoofCheck;
  private final VlanGateway vlanGateway;
  private final ReferenceRules reference;

  /** In a host's namespace. */
  public Bridge(HostNetwork host, Sysctl sysctl, Attachments attachments) {
    this.host = host;
    this.ports = new PodPorts(host);
    this.bridges = new Bridges(sysctl);
    this.attachments = attachments;
    this.masquerade = new PodMasquerade(host);
    this.spoofCheck = new SpoofCheck(host);
    this.vlanGateway = new VlanGateway(bridges, sysctl);
    this.reference = new ReferenceRules(host);
  }

  @Override
  public String type() {
    return "bridge";
  }

  @Override
  public CniResult add(PluginContext c) {
    BridgeConf conf = BridgeConf.of(c);
    PodNamespace pod = c.requirePod();
    String ipamType = c.conf().ipamType();
    if (ipamType.isEmpty()) {
      return attach(c, conf, pod, CniResult.EMPTY);
    }
    CniResult addresses = c.delegates().add(ipamType, c.conf().raw());
    boolean done = false;
    try {
      if (addresses.ips().isEmpty()) {
        throw new CniError(CniError.INTERNAL, "IPAM plugin returned missing IP config");
      }
      CniResult result = attach(c, conf, pod, addresses);
      done = true;
      return result;
    } finally {
      if (!done) {
        release(c, ipamType);
      }
    }
  }

  /** The failure that led here is the one to report. */
  private static void release(PluginContext c, String ipamType) {
    try {
      c.delegates().del(ipamType, c.conf().raw());
    } catch (RuntimeException e) {
      c.log("bridge: the address of a failed ADD cannot be released: " + e.getMessage());
    }
  }

  private CniResult attach(
      PluginContext c, BridgeConf conf, PodNamespace pod, CniResult addresses) {
    PodPlan plan = PodPlan.of(conf, addresses);
    AttachmentId id = id(c);
    try {
      FormerSubnet former = new FormerSubnet(c, host, attachments);
      LinkInfo bridge =
          former.outOfTheWay(
              conf.bridge(),
              () -> host.with(socket -> bridges.ensure(socket, settings(conf, plan))));
      PodPort port = ports.attach(id, bridge, plan.settings(), pod.rtnetlink(), pod.descriptor());
      boolean done = false;
      try {
        // A bridge port hears nothing itself; this is for one that somebody takes off its bridge.
        if (addresses.ips().stream().anyMatch(ip -> !ip.address().isIpv4())) {
          bridges.hearNoRouter(port.hostName());
        }
        remember(c, conf, pod, port, addresses.ips());
        Optional<LinkInfo> gateway = vlanGateway(former, conf, bridge, plan);
        done = true;
        return result(c, conf, bridge, port, plan, gateway);
      } finally {
        if (!done) {
          takeBack(c, id);
        }
      }
    } catch (BridgeException e) {
      throw new CniError(CniError.INTERNAL, String.valueOf(e.getMessage()), e);
    }
  }

  private static BridgeSettings settings(BridgeConf conf, PodPlan plan) {
    return new BridgeSettings(
        conf.bridge(),
        conf.mtu(),
        conf.promiscuous(),
        conf.vlans().filtering(),
        conf.gateway() && conf.vlans().vlan() == 0 ? plan.gatewayPrefixes() : List.of(),
        conf.forceAddress());
  }

  /** The node's end in the pod's VLAN, where there is one and it has to be a gateway. */
  private Optional<LinkInfo> vlanGateway(
      FormerSubnet former, BridgeConf conf, LinkInfo bridge, PodPlan plan) {
    List<IpPrefix> gateways = plan.gatewayPrefixes();
    if (conf.vlans().vlan() == 0 || !conf.gateway() || gateways.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        former.outOfTheWay(
            conf.bridge(),
            () ->
                host.with(
                    socket ->
                        vlanGateway.ensure(
                            socket,
                            bridge,
                            conf.vlans().vlan(),
                            conf.vlans().keepDefault(),
                            gateways,
                            conf.forceAddress()))));
  }

  private void remember(
      PluginContext c, BridgeConf conf, PodNamespace pod, PodPort port, List<CniResult.Ip> ips) {
    attachments.put(c.files(), ips.stream().map(ip -> record(c, conf, pod, port, ip)).toList());
    if (conf.ipMasq()) {
      masquerade.add(attachment(c), ips);
    }
    if (conf.spoofCheck()) {
      spoofCheck.add(attachment(c), port.hostName(), port.podMac());
    }
  }

  /** The failure that led here is the one to report. */
  private void takeBack(PluginContext c, AttachmentId id) {
    List<Runnable> steps =
        List.of(
            () -> ports.find(id).ifPresent(ports::detach),
            () -> masquerade.remove(attachment(c)),
            () -> spoofCheck.remove(attachment(c)));
    for (Runnable step : steps) {
      try {
        step.run();
      } catch (RuntimeException e) {
        c.log("bridge: a failed ADD cannot be taken back: " + e.getMessage());
      }
    }
  }

  private AttachmentRecord record(
      PluginContext c, BridgeConf conf, PodNamespace pod, PodPort port, CniResult.Ip ip) {
    return new AttachmentRecord(
        ip.address().address(),
        attachment(c),
        c.calledType(),
        attachments.bootId(),
        pod.cookie(),
        port.hostName(),
        port.hostIndex(),
        new AttachmentRecord.BridgePort(conf.bridge(), conf.hairpin(), conf.isolated()));
  }

  private static CniResult result(
      PluginContext c,
      BridgeConf conf,
      LinkInfo bridge,
      PodPort port,
      PodPlan plan,
      Optional<LinkInfo> gateway) {
    List<CniResult.Interface> interfaces = new ArrayList<>();
    interfaces.add(CniResult.Interface.of(conf.bridge(), bridge.mac().toString(), ""));
    interfaces.add(CniResult.Interface.of(port.hostName(), port.hostMac().toString(), ""));
    interfaces.add(
        CniResult.Interface.of(
            c.environment().ifName(), port.podMac().toString(), c.environment().netns()));
    gateway.ifPresent(
        end -> interfaces.add(CniResult.Interface.of(end.name(), end.mac().toString(), "")));
    CniResult.Dns own = CniResult.Dns.of(c.conf().raw().object("dns").orElse(JsonObject.EMPTY));
    CniResult.Dns dns = own.isEmpty() ? plan.result().dns() : own;
    return new CniResult(interfaces, plan.result().ips(), plan.result().routes(), dns);
  }

  private static AttachmentId id(PluginContext c) {
    return new AttachmentId(
        c.conf().name(), c.environment().containerId(), c.environment().ifName());
  }

  private static Attachment attachment(PluginContext c) {
    return new Attachment(c.conf().name(), c.environment().containerId(), c.environment().ifName());
  }

  @Override
  public void del(PluginContext c) {
    Optional<LinkInfo> end = ports.find(id(c));
    if (end.isPresent()) {
      ports.detach(end.get());
    } else if (c.caller().pod().isPresent()) {
      detachInside(c, c.caller().pod().get());
    }
    try {
      masquerade.remove(attachment(c));
      spoofCheck.remove(attachment(c));
      if (end.isEmpty()) {
        reference.removeMasquerade(c, attachment(c));
      }
    } finally {
      // Whatever is wrong with the rules, the address is given back.
      releaseAddresses(c);
    }
  }

  private void releaseAddresses(PluginContext c) {
    Attachment attachment = attachment(c);
    List<IpPrefix> addresses = new ArrayList<>();
    for (AttachmentRecord record : attachments.of(c.files(), attachment)) {
      addresses.add(record.ip().toHostPrefix());
    }
    ports.forgetNeighbours(bridgeName(c), addresses);
    String ipamType = c.conf().ipamType();
    if (!ipamType.isEmpty()) {
      c.delegates().del(ipamType, c.conf().raw());
    }
    if (!c.delegates().isOurs(ipamType)) {
      // Ours removes them with its own records.
      for (IpPrefix address : addresses) {
        attachments.remove(c.files(), attachment.network(), address.address());
      }
    }
  }

  /** A DEL or GC must not fail over the rest of the configuration. */
  private static String bridgeName(PluginContext c) {
    return c.conf().raw().text("bridge").filter(name -> !name.isEmpty()).orElse("cni0");
  }

  /**
   * A veth of another plugin's making: its host end has a random name, so it is found from inside.
   */
  private void detachInside(PluginContext c, PodNamespace pod) {
    if (pod.isHostNamespace()) {
      return;
    }
    Optional<LinkInfo> inside = Bridges.find(pod.rtnetlink(), c.environment().ifName());
    if (inside.isEmpty()) {
      return;
    }
    boolean hasPeer = inside.get().kind().equals("veth") && inside.get().underlayElsewhere();
    if (!hasPeer) {
      pod.rtnetlink().execute(Links.delete(inside.get().id()));
      return;
    }
    LinkInfo peer =
        host.with(
            socket -> LinkInfo.of(socket.query(Links.get(LinkId.of(inside.get().underlay())))));
    if (AttachmentId.isAlias(peer.alias()) && !peer.alias().equals(id(c).alias())) {
      c.log(
          "bridge: "
              + c.environment().ifName()
              + " of "
              + c.environment().netns()
              + " stays: it belongs to "
              + peer.alias());
    } else if (peer.kind().equals("veth") && peer.underlay() == inside.get().index()) {
      ports.detach(peer);
    } else {
      pod.rtnetlink().execute(Links.delete(inside.get().id()));
    }
  }

  @Override
  public void check(PluginContext c) {
    PodNamespace pod = c.requirePod();
    String ipamType = c.conf().ipamType();
    if (!ipamType.isEmpty()) {
      c.delegates().check(ipamType, c.conf().raw());
    }
    CniResult previous =
        c.conf()
            .prevResult()
            .orElseThrow(
                () -> new CniError(CniError.INVALID_CONFIG, "Required prevResult missing"));
    BridgeConf conf = BridgeConf.of(c);
    LinkInfo port = new BridgeCheck(c, conf, previous, host, pod).run();
    if (conf.ipMasq() && !masquerade.isComplete(attachment(c), previous.ips())) {
      throw BridgeCheck.missing("ipMasq", attachment(c));
    }
    if (conf.spoofCheck()) {
      // The MAC of ADD's result: the check of the pod's end has compared it.
      MacAddress mac = Bridges.find(pod.rtnetlink(), c.environment().ifName()).orElseThrow().mac();
      if (!spoofCheck.isComplete(attachment(c), port.name(), mac)) {
        throw BridgeCheck.missing("macspoofchk", attachment(c));
      }
    }
  }

  @Override
  public void gc(PluginContext c) {
    String ipamType = c.conf().ipamType();
    Optional<List<Attachment>> valid = c.conf().validAttachments();
    GcSteps steps = new GcSteps();
    BridgeGc gc = new BridgeGc(c, host, attachments, valid.orElse(List.of()), steps);
    if (valid.isPresent()) {
      steps.attempt(gc::removeVeths);
      StaleOwners stale = new StaleOwners(c, attachments, valid.get());
      masquerade.removeAll(stale, steps);
      steps.attempt(() -> spoofCheck.removeAll(stale));
      steps.attempt(() -> gc.removeRecords(bridgeName(c)));
    }
    if (!ipamType.isEmpty()) {
      steps.attempt(() -> c.delegates().gc(ipamType, c.conf().raw()));
    }
    steps.finish();
  }

  @Override
  public void status(PluginContext c) {
    BridgeConf conf = BridgeConf.of(c);
    Optional<LinkInfo> link = host.with(socket -> Bridges.find(socket, conf.bridge()));
    if (link.isPresent() && !link.get().kind().equals("bridge")) {
      throw new CniError(
          CniError.NOT_AVAILABLE, "\"" + conf.bridge() + "\" already exists but is not a bridge");
    }
    String ipamType = c.conf().ipamType();
    if (!ipamType.isEmpty()) {
      c.delegates().status(ipamType, c.conf().raw());
    }
  }
}
