package io.flannelj.cni.portmap;

import io.flannelj.cni.rules.Entry;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * The table of host ports. Its name is ours, so that the reference plugin's {@code cni_hostport}
 * can stand beside it.
 */
final class HostPorts {
  private static final TableName TABLE = TableName.ip("flannelj_hostport");
  private static final IpPrefix LOOPBACK = IpPrefix.parse("127.0.0.0/8");
  private static final IpPrefix EVERYTHING = IpPrefix.parse("0.0.0.0/0");
  private static final SetType TARGET = SetType.of(DataType.IPV4_ADDR, DataType.INET_SERVICE);

  /** For all addresses of the node. */
  private static final NftSet PORTS =
      NftSet.map(
          TABLE.set("ports"), SetType.of(DataType.INET_PROTO, DataType.INET_SERVICE), TARGET);

  /** For one address of the node. */
  private static final NftSet ADDRESS_PORTS =
      NftSet.map(
          TABLE.set("address_ports"),
          SetType.of(DataType.IPV4_ADDR, DataType.INET_PROTO, DataType.INET_SERVICE),
          TARGET);

  /** Source and pod, where the pod's answer would not come by the node without masquerading. */
  private static final NftSet MASQUERADE =
      NftSet.set(TABLE.set("masquerade"), DataType.IPV4_ADDR, DataType.IPV4_ADDR)
          .with(SetFlag.INTERVAL);

  private HostPorts() {}

  /** The table without elements. */
  static TableContent frame() {
    ChainName prerouting = TABLE.chain("prerouting");
    ChainName output = TABLE.chain("output");
    ChainName postrouting = TABLE.chain("postrouting");
    ChainName input = TABLE.chain("input");
    TableContent.Builder frame =
        TableContent.builder(Table.of(TABLE).withComment("flannel-j host ports, version 1"))
            .add(PORTS)
            .add(ADDRESS_PORTS)
            .add(MASQUERADE)
            .add(Chain.base(prerouting, BaseChain.nat(Hook.PREROUTING, BaseChain.PRIORITY_DSTNAT)))
            .add(Chain.base(output, BaseChain.nat(Hook.OUTPUT, BaseChain.PRIORITY_DSTNAT)))
            .add(
                Chain.base(postrouting, BaseChain.nat(Hook.POSTROUTING, BaseChain.PRIORITY_SRCNAT)))
            .add(Chain.base(input, BaseChain.filter(Hook.INPUT, BaseChain.PRIORITY_FILTER)));
    // Only what is addressed to the node is mapped, never what it forwards.
    for (ChainName chain : List.of(prerouting, output)) {
      frame
          .add(
              RuleWriter.rule(
                  chain,
                  Match.fibDaddrType(AddressType.LOCAL),
                  Action.dnatToMap(ADDRESS_PORTS, Field.IP_DADDR, Field.L4PROTO, Field.TH_DPORT)))
          .add(
              RuleWriter.rule(
                  chain,
                  Match.fibDaddrType(AddressType.LOCAL),
                  Action.dnatToMap(PORTS, Field.L4PROTO, Field.TH_DPORT)));
    }
    return frame
        .add(
            RuleWriter.rule(
                postrouting,
                Match.ctStatus(CtStatus.DNAT),
                Match.in(MASQUERADE, Field.IP_SADDR, Field.IP_DADDR),
                Action.masquerade()))
        // With route_localnet a pod could reach what listens on the node's 127.0.0.1 only
        // (CVE-2020-8558).
        .add(
            RuleWriter.rule(
                input,
                Match.ipDaddr(LOOPBACK),
                Match.iifnameNot("lo"),
                Match.ctState(CtState.NEW, CtState.INVALID, CtState.UNTRACKED),
                Action.drop()))
        .build();
  }

  /**
   * The elements of a pod.
   *
   * @param pod its address with the length of its network
   * @param snat whether the node, the pod's network and the pod itself get through
   * @param masqAll whether all senders are masqueraded
   */
  static List<Entry> entries(
      IpPrefix pod, List<PortMapping> mappings, boolean snat, boolean masqAll) {
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
      List<IpPrefix> sources = masqAll ? List.of(EVERYTHING) : List.of(pod.masked(), LOOPBACK);
      for (IpPrefix source : sources) {
        entries.add(
            new Entry(
                MASQUERADE,
                SetElement.range(
                    Operand.concat(Operand.address(source.address()), address),
                    Operand.concat(Operand.address(source.last()), address))));
      }
    }
    return entries;
  }

  /** Elements that lead to an address. Another owner's are left over: the address is given anew. */
  static Predicate<Entry> leadingTo(IpPrefix pod) {
    byte[] address = pod.address().toBytes();
    return entry -> {
      Bytes place = entry.set().equals(MASQUERADE) ? entry.element().key() : value(entry.element());
      byte[] octets = place.toArray();
      int from = entry.set().equals(MASQUERADE) ? Ipv4Address.LENGTH : 0;
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
  static boolean isOf(Entry entry, PortMapping mapping) {
    return entry.set().equals(set(mapping)) && entry.element().key().equals(key(mapping));
  }

  private static NftSet set(PortMapping mapping) {
    return mapping.hostIp().isPresent() ? ADDRESS_PORTS : PORTS;
  }

  private static Bytes key(PortMapping mapping) {
    Bytes protocol = Operand.protocol(mapping.protocol().number());
    Bytes port = Operand.port(mapping.hostPort());
    return mapping.hostIp().isPresent()
        ? Operand.concat(Operand.address(mapping.hostIp().get()), protocol, port)
        : Operand.concat(protocol, port);
  }
}
