package io.flannelj.cni.portmap;

import io.flannelj.cni.Attachment;
import io.flannelj.cni.CniError;
import io.flannelj.cni.CniResult;
import io.flannelj.cni.GcSteps;
import io.flannelj.cni.NetConf;
import io.flannelj.cni.NftablesBackend;
import io.flannelj.cni.Plugin;
import io.flannelj.cni.PluginContext;
import io.flannelj.cni.attachment.Attachments;
import io.flannelj.cni.json.JsonException;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.cni.pod.HostNetwork;
import io.flannelj.cni.reference.ReferenceRules;
import io.flannelj.cni.rules.AttachmentTable;
import io.flannelj.cni.rules.Entry;
import io.flannelj.cni.rules.StaleOwners;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.netlink.route.route.RouteInfo;
import io.flannelj.netlink.route.route.Routes;
import io.flannelj.sysctl.Sysctl;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Host ports of pods, in the families of their addresses: elements of maps, one lookup per
 * connection. ADD without mappings prints prevResult and touches nothing.
 *
 * <p>Unlike the reference it refuses a port that another pod has, and any letter case is a
 * protocol's name. TCP connections that conntrack knows stay where they were, those of UDP are
 * forgotten.
 */
public final class Portmap implements Plugin {
  private static final int MOST_MARK_BIT = 31;

  private final HostNetwork host;
  private final Sysctl sysctl;
  private final Attachments attachments;
  private final List<Family> families;
  private final UdpConnections connections;
  private final ReferenceRules reference;

  /** A family's maps. */
  private record Family(HostPorts ports, AttachmentTable table) {}

  /** In a host's namespace. */
  public Portmap(HostNetwork host, Sysctl sysctl, Attachments attachments) {
    this.host = host;
    this.sysctl = sysctl;
    this.attachments = attachments;
    this.families =
        Stream.of(HostPorts.IPV4, HostPorts.IPV6)
            .map(ports -> new Family(ports, new AttachmentTable(host, ports.frame())))
            .toList();
    this.connections = new UdpConnections(host);
    this.reference = new ReferenceRules(host);
  }

  @Override
  public String type() {
    return "portmap";
  }

  @Override
  public boolean addChangesNothing(NetConf conf) {
    return valid(() -> mappings(conf)).isEmpty();
  }

  @Override
  public CniResult add(PluginContext c) {
    List<PortMapping> mappings = valid(() -> mappings(c.conf()));
    CniResult previous = previous(c);
    if (mappings.isEmpty()) {
      return previous;
    }
    List<Family> added = new ArrayList<>();
    boolean done = false;
    try {
      for (Family family : families) {
        Optional<IpPrefix> pod = podAddress(c, previous, family);
        if (pod.isPresent()) {
          add(c, family, pod.get(), mappings);
          added.add(family);
        }
      }
      done = true;
    } finally {
      if (!done) {
        added.forEach(family -> family.table.remove(attachment(c)));
      }
    }
    if (added.isEmpty()) {
      throw noAddress(c);
    }
    return previous;
  }

  private void add(PluginContext c, Family family, IpPrefix pod, List<PortMapping> mappings) {
    List<PortMapping> own = mappings.stream().filter(m -> m.isOf(family.ports.family())).toList();
    if (own.isEmpty()) {
      return;
    }
    if (snat(c.conf()) && pod.isIpv4()) {
      allowLoopback(pod.address());
    }
    List<Entry> entries = entries(c.conf(), family, pod, own);
    Optional<Entry> taken = family.table.add(attachment(c), entries, family.ports.leadingTo(pod));
    if (taken.isPresent()) {
      throw conflict(family.ports, taken.get(), own);
    }
    connections.forget(family.ports, entries, c);
  }

  @Override
  public void del(PluginContext c) {
    boolean ours = false;
    for (Family family : families) {
      if (family.ports.family() == AddressFamily.IPV4 || mayHaveIpv6(c.conf().raw())) {
        List<Entry> removed = family.table.remove(attachment(c));
        connections.forget(family.ports, removed, c);
        ours |= !removed.isEmpty();
      }
    }
    // A pod of our bridge has its records until that one's DEL, which comes later.
    if (!ours && attachments.of(c.files(), attachment(c)).isEmpty()) {
      reference.removeHostPorts(c, attachment(c));
    }
  }

  /** Spares pods of IPv4 a look at the other table; a DEL goes on with whatever prevResult is. */
  private static boolean mayHaveIpv6(JsonObject conf) {
    try {
      Optional<JsonObject> previous = conf.object("prevResult");
      if (previous.isEmpty()) {
        return true;
      }
      List<JsonObject> ips = previous.get().objects("ips");
      return ips.isEmpty()
          || ips.stream().anyMatch(ip -> ip.textOrEmpty("address").indexOf(':') >= 0);
    } catch (JsonException e) {
      return true;
    }
  }

  @Override
  public void check(PluginContext c) {
    List<PortMapping> mappings = valid(() -> mappings(c.conf()));
    CniResult previous = previous(c);
    if (mappings.isEmpty()) {
      return;
    }
    for (Family family : families) {
      Optional<IpPrefix> pod = podAddress(c, previous, family);
      if (pod.isPresent()) {
        check(c, family, pod.get(), mappings);
      }
    }
  }

  private void check(PluginContext c, Family family, IpPrefix pod, List<PortMapping> mappings) {
    List<PortMapping> own = mappings.stream().filter(m -> m.isOf(family.ports.family())).toList();
    if (own.isEmpty()) {
      return;
    }
    List<Entry> missing = family.table.missing(attachment(c), entries(c.conf(), family, pod, own));
    if (missing.isEmpty() && !family.table.isFramed()) {
      throw new CniError(
          CniError.INTERNAL,
          "chains or rules of table " + family.ports.frame().table().name() + " are missing");
    }
    if (!missing.isEmpty()) {
      throw new CniError(
          CniError.INTERNAL,
          "missing rules of "
              + name(family.ports, missing.get(0), own)
              + " to "
              + pod.address()
              + " in table "
              + missing.get(0).set().name());
    }
  }

  @Override
  public void gc(PluginContext c) {
    GcSteps steps = new GcSteps();
    c.conf()
        .validAttachments()
        .map(valid -> new StaleOwners(c, attachments, valid))
        .ifPresent(stale -> families.forEach(f -> steps.attempt(() -> removeAll(f, stale, c))));
    steps.finish();
  }

  private void removeAll(Family family, StaleOwners stale, PluginContext c) {
    connections.forget(family.ports, family.table.removeAll(stale), c);
  }

  @Override
  public void status(PluginContext c) {
    valid(() -> mappings(c.conf()));
    if (!families.get(0).table.isSupported()) {
      throw new CniError(
          CniError.NOT_AVAILABLE,
          "this kernel has no nf_tables, so no host port can be mapped",
          "load the module nf_tables, or leave portmap out of the list of plugins");
    }
  }

  private static List<PortMapping> mappings(NetConf conf) {
    JsonObject raw = conf.raw();
    NftablesBackend.require(raw, "backend", "unrecognized backend");
    for (String key : new String[] {"conditionsV4", "conditionsV6"}) {
      if (!raw.array(key).isEmpty()) {
        throw unsupported(key, raw.texts(key).toString());
      }
    }
    String chain = raw.textOrEmpty("externalSetMarkChain");
    if (!chain.isEmpty()) {
      throw unsupported("externalSetMarkChain", "\"" + chain + "\"");
    }
    int bit = raw.integer("markMasqBit").orElse(0);
    if (bit < 0 || bit > MOST_MARK_BIT) {
      throw new CniError(CniError.INVALID_CONFIG, "MasqMarkBit must be between 0 and 31");
    }
    return PortMapping.list(conf.runtimeConfig());
  }

  private static CniError unsupported(String key, String value) {
    return new CniError(
        CniError.UNSUPPORTED_FIELD,
        "unsupported value " + value + " of key \"" + key + "\"",
        "leave it out, or call the reference plugin under another type");
  }

  private static <T> T valid(Supplier<T> reading) {
    try {
      return reading.get();
    } catch (JsonException e) {
      throw new CniError(CniError.INVALID_CONFIG, "failed to load netconf: " + e.getMessage());
    }
  }

  private static CniResult previous(PluginContext c) {
    return c.conf()
        .prevResult()
        .orElseThrow(
            () -> new CniError(CniError.INVALID_CONFIG, "must be called as chained plugin"));
  }

  /** The family's first address that is not plainly another interface's. */
  private static Optional<IpPrefix> podAddress(PluginContext c, CniResult previous, Family family) {
    for (CniResult.Ip ip : previous.ips()) {
      int index = ip.interfaceIndex().orElse(-1);
      boolean unknown = index < 0 || index >= previous.interfaces().size();
      boolean pods =
          unknown
              || (previous.interfaces().get(index).name().equals(c.environment().ifName())
                  && !previous.interfaces().get(index).sandbox().isEmpty());
      if (pods && AddressFamily.of(ip.address()) == family.ports.family()) {
        return Optional.of(ip.address());
      }
    }
    return Optional.empty();
  }

  private static CniError noAddress(PluginContext c) {
    return new CniError(
        CniError.INVALID_CONFIG,
        "prevResult has no address of " + c.environment().ifName() + " to map host ports to",
        "portmap must come behind the plugin that gives the pod its address");
  }

  private static List<Entry> entries(
      NetConf conf, Family family, IpPrefix pod, List<PortMapping> mappings) {
    boolean masqAll = valid(() -> conf.raw().bool("masqAll").orElse(false));
    return family.ports.entries(pod, mappings, snat(conf), masqAll);
  }

  private static boolean snat(NetConf conf) {
    return valid(() -> conf.raw().bool("snat").orElse(true));
  }

  private static Attachment attachment(PluginContext c) {
    return new Attachment(c.conf().name(), c.environment().containerId(), c.environment().ifName());
  }

  /**
   * Lets packets from 127.0.0.1 out by the interface that leads to the pod, and their answers in.
   */
  private void allowLoopback(IpAddress pod) {
    RouteInfo way = host.with(kernel -> RouteInfo.of(kernel.query(Routes.get(pod))));
    int index = way.hops().get(0).outputInterface();
    LinkInfo link = host.with(kernel -> LinkInfo.of(kernel.query(Links.get(LinkId.of(index)))));
    sysctl.write("net/ipv4/conf/" + link.name() + "/route_localnet", "1");
  }

  private static CniError conflict(HostPorts ports, Entry taken, List<PortMapping> mappings) {
    return new CniError(
        CniError.INTERNAL,
        "host port "
            + name(ports, taken, mappings)
            + " is taken by the attachment "
            + taken.element().comment(),
        "network/container/interface; it is free after that one's DEL");
  }

  private static String name(HostPorts ports, Entry entry, List<PortMapping> mappings) {
    for (PortMapping mapping : mappings) {
      if (ports.isOf(entry, mapping)) {
        return mapping.toString();
      }
    }
    return "masquerading";
  }
}
