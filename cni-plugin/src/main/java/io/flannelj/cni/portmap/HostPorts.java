package io.flannelj.cni.portmap;

import io.flannelj.cni.rules.Entry;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.nftables.BaseChain;
import io.flannelj.netlink.nftables.Chain;
import io.flannelj.netlink.nftables.ChainName;
import io.flannelj.netlink.nftables.DataType;
import io.flannelj.netlink.nftables.Hook;
import io.flannelj.netlink.nftables.NftSet;
import io.flannelj.netlink.nftables.SetElement;
import io.flannelj.netlink.nftables.SetFlag;
import io.flannelj.netlink.nftables.SetType;
import io.flannelj.netlink.nftables.Table;
import io.flannelj.netlink.nftables.TableContent;
import io.flannelj.netlink.nftables.TableName;
import io.flannelj.netlink.nftables.expression.NftData;
import io.flannelj.netlink.nftables.expression.Operand;
import io.flannelj.netlink.nftables.statement.Action;
import io.flannelj.netlink.nftables.statement.AddressType;
import io.flannelj.netlink.nftables.statement.CtState;
import io.flannelj.netlink.nftables.statement.CtStatus;
import io.flannelj.netlink.nftables.statement.Field;
import io.flannelj.netlink.nftables.statement.Match;
import io.flannelj.netlink.nftables.statement.RuleWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A family's table of host ports. Its name is ours, so that the reference plugin's {@code
 * cni_hostport} can stand beside it.
 */
final class HostPorts {
  /** {@code table ip}. */
  static final HostPorts IPV4 = new HostPorts(AddressFamily.IPV4);

  /** {@code table ip6}. */
  static final HostPorts IPV6 = new HostPorts(AddressFamily.IPV6);

  private static final String NAME = "flannelj_hostport";
  private static final IpPrefix LOOPBACK = IpPrefix.parse("127.0.0.0/8");

  private final AddressFamily family;
  private final TableName table;
  private final IpPrefix everything;

  /** For all addresses of the node. */
  private final NftSet ports;

  /** For one address of the node. */
  private final NftSet addressPorts;

  /** Source and pod, where the pod's answer would not come by the node without masquerading. */
  private final NftSet masquerade;

  private HostPorts(AddressFamily family) {
    this.family = family;
    boolean ipv4 = family == AddressFamily.IPV4;
    table = ipv4 ? TableName.ip(NAME) : TableName.ip6(NAME);
    everything = IpPrefix.parse(ipv4 ? "0.0.0.0/0" : "::/0");
    DataType address = ipv4 ? DataType.IPV4_ADDR : DataType.IPV6_ADDR;
    SetType target = SetType.of(address, DataType.INET_SERVICE);
    ports =
        NftSet.map(
            table.set("ports"), SetType.of(DataType.INET_PROTO, DataType.INET_SERVICE), target);
    addressPorts =
        NftSet.map(
            table.set("address_ports"),
            SetType.of(address, DataType.INET_PROTO, DataType.INET_SERVICE),
            target);
    // Not "masquerade", which nft takes for the statement: no saved ruleset could be loaded.
    masquerade = NftSet.set(table.set("masquerade_pairs"), address, address).with(SetFlag.INTERVAL);
  }

  AddressFamily family() {
    return family;
  }

  /** The table without elements. */
  TableContent frame() {
    ChainName prerouting = table.chain("prerouting");
    ChainName output = table.chain("output");
    ChainName postrouting = table.chain("postrouting");
    TableContent.Builder frame =
        TableContent.builder(Table.of(table).withComment("flannel-j host ports, version 2"))
            .add(ports)
            .add(addressPorts)
            .add(masquerade)
            .add(Chain.base(prerouting, BaseChain.nat(Hook.PREROUTING, BaseChain.PRIORITY_DSTNAT)))
            .add(Chain.base(output, BaseChain.nat(Hook.OUTPUT, BaseChain.PRIORITY_DSTNAT)))
            .add(
                Chain.base(
                    postrouting, BaseChain.nat(Hook.POSTROUTING, BaseChain.PRIORITY_SRCNAT)));
    // Only what is addressed to the node is mapped, never what it forwards.
    Field destination = family == AddressFamily.IPV4 ? Field.IP_DADDR : Field.IP6_DADDR;
    for (ChainName chain : List.of(prerouting, output)) {
      frame
          .add(
              RuleWriter.rule(
                  chain,
                  Match.fibDaddrType(AddressType.LOCAL),
                  Action.dnatToMap(addressPorts, destination, Field.L4PROTO, Field.TH_DPORT)))
          .add(
              RuleWriter.rule(
                  chain,
                  Match.fibDaddrType(AddressType.LOCAL),
                  Action.dnatToMap(ports, Field.L4PROTO, Field.TH_DPORT)));
    }
    Field source = family == AddressFamily.IPV4 ? Field.IP_SADDR : Field.IP6_SADDR;
    frame.add(
        RuleWriter.rule(
            postrouting,
            Match.ctStatus(CtStatus.DNAT),
            Match.in(masquerade, source, destination),
            Action.masquerade()));
    if (family == AddressFamily.IPV4) {
      guardLoopback(frame);
    }
    return frame.build();
  }

  /**
   * With route_localnet a pod could reach what listens on the node's 127.0.0.1 only
   * (CVE-2020-8558). IPv6 has no such switch, and so [::1] cannot be mapped either.
   */
  private void guardLoopback(TableContent.Builder frame) {
    ChainName input = table.chain("input");
    frame
        .add(Chain.base(input, BaseChain.filter(Hook.INPUT, BaseChain.PRIORITY_FILTER)))
        .add(
            RuleWriter.rule(
                input,
                Match.ipDaddr(LOOPBACK),
                Match.iifnameNot("lo"),
                Match.ctState(CtState.NEW, CtState.INVALID, CtState.UNTRACKED),
                Action.drop()));
  }

  /**
   * The elements of a pod.
   *
   * @param pod its address with the length of its network
   * @param snat whether the node, the pod's network and the pod itself get through
   * @param masqAll whether all senders are masqueraded
   */
  List<Entry> entries(IpPrefix pod, List<PortMapping> mappings, boolean snat, boolean masqAll) {
    Bytes address = Operand.address(pod.address());
    List<Entry> entries = new ArrayList<>();
    for (PortMapping mapping : mappings) {
      Bytes port = Operand.port(mapping.containerPort());
      Entry entry = new Entry(set(mapping), SetElement.of(key(mapping)).to(address, port));
      if (!entries.contains(entry)) {
        entries.add(entry);
      }
    }
    if (snat) {
      for (IpPrefix source : sources(pod, masqAll)) {
        entries.add(
            new Entry(
                masquerade,
                SetElement.range(
                    Operand.concat(Operand.address(source.address()), address),
                    Operand.concat(Operand.address(source.last()), address))));
      }
    }
    return entries;
  }

  private List<IpPrefix> sources(IpPrefix pod, boolean masqAll) {
    if (masqAll) {
      return List.of(everything);
    }
    return family == AddressFamily.IPV4 ? List.of(pod.masked(), LOOPBACK) : List.of(pod.masked());
  }

  /** Elements that lead to an address. Another owner's are left over: the address is given anew. */
  Predicate<Entry> leadingTo(IpPrefix pod) {
    byte[] address = pod.address().toBytes();
    return entry -> {
      Bytes place = entry.set().equals(masquerade) ? entry.element().key() : value(entry.element());
      byte[] octets = place.toArray();
      int from = entry.set().equals(masquerade) ? address.length : 0;
      return octets.length >= from + address.length
          && Arrays.equals(octets, from, from + address.length, address, 0, address.length);
    };
  }

  private static Bytes value(SetElement element) {
    return element.data().orElseThrow() instanceof NftData.Value value
        ? value.bytes()
        : Bytes.EMPTY;
  }

  /** Whether an element is this mapping's. */
  boolean isOf(Entry entry, PortMapping mapping) {
    return entry.set().equals(set(mapping)) && entry.element().key().equals(key(mapping));
  }

  /**
   * A host port of UDP.
   *
   * @param address of the node, empty for all
   */
  record UdpPort(Optional<IpAddress> address, int port) {}

  /** The host ports of UDP among elements. */
  List<UdpPort> udpPorts(List<Entry> entries) {
    List<UdpPort> found = new ArrayList<>();
    for (Entry entry : entries) {
      boolean one = entry.set().equals(addressPorts);
      if (one || entry.set().equals(ports)) {
        // Each part of a key is padded to four octets.
        ByteBuffer key = ByteBuffer.wrap(entry.element().key().toArray());
        byte[] address = new byte[one ? everything.address().bitLength() / 8 : 0];
        key.get(address);
        if (key.get(key.position()) == PortMapping.Protocol.UDP.number()) {
          found.add(
              new UdpPort(
                  one ? Optional.of(IpAddress.of(address)) : Optional.empty(),
                  key.getShort(key.position() + 4) & 0xffff));
        }
      }
    }
    return found;
  }

  private NftSet set(PortMapping mapping) {
    return mapping.onlyAddress().isPresent() ? addressPorts : ports;
  }

  private static Bytes key(PortMapping mapping) {
    Bytes protocol = Operand.protocol(mapping.protocol().number());
    Bytes port = Operand.port(mapping.hostPort());
    return mapping.onlyAddress().isPresent()
        ? Operand.concat(Operand.address(mapping.onlyAddress().get()), protocol, port)
        : Operand.concat(protocol, port);
  }
}
