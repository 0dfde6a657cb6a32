package io.flannelj.cni.bridge;

import io.flannelj.cni.Attachment;
import io.flannelj.cni.CniError;
import io.flannelj.cni.CniResult;
import io.flannelj.cni.GcSteps;
import io.flannelj.cni.pod.HostNetwork;
import io.flannelj.cni.rules.AttachmentTable;
import io.flannelj.cni.rules.Entry;
import io.flannelj.cni.rules.StaleOwners;
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
import io.flannelj.netlink.nftables.Table;
import io.flannelj.netlink.nftables.TableContent;
import io.flannelj.netlink.nftables.TableName;
import io.flannelj.netlink.nftables.expression.Operand;
import io.flannelj.netlink.nftables.statement.Action;
import io.flannelj.netlink.nftables.statement.Field;
import io.flannelj.netlink.nftables.statement.Match;
import io.flannelj.netlink.nftables.statement.RuleWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * {@code ipMasq}: what a pod sends out of its own network leaves with the node's address, multicast
 * excepted. One rule per address family, for all pods.
 */
final class PodMasquerade {
  private static final String TABLE = "flannelj_masquerade";

  private final Family ipv4;
  private final Family ipv6;

  PodMasquerade(HostNetwork host) {
    ipv4 = new Family(host, TableName.ip(TABLE));
    ipv6 = new Family(host, TableName.ip6(TABLE));
  }

  /**
   * Begins for the addresses of a pod, whose former owners' elements go.
   *
   * @throws CniError code 999 if another pod's elements are in the way
   */
  void add(Attachment owner, List<CniResult.Ip> ips) {
    for (Family family : List.of(ipv4, ipv6)) {
      List<Entry> entries = family.entries(ips);
      if (!entries.isEmpty()) {
        Optional<Entry> taken =
            family.table.add(owner, entries, present -> sameAddress(present, entries));
        if (taken.isPresent()) {
          throw new CniError(
              CniError.INTERNAL,
              "masquerading is taken by the attachment " + taken.get().element().comment());
        }
      }
    }
  }

  /** Ends it; nothing to do for a pod that has none. */
  void remove(Attachment owner) {
    try {
      ipv4.table.remove(owner);
    } finally {
      ipv6.table.remove(owner);
    }
  }

  /** Ends it for the attachments of a network that are no longer valid, a step for each family. */
  void removeAll(StaleOwners stale, GcSteps steps) {
    steps.attempt(() -> ipv4.table.removeAll(stale));
    steps.attempt(() -> ipv6.table.removeAll(stale));
  }

  /** Whether all of a pod's elements are there, and the rule that looks them up. */
  boolean isComplete(Attachment owner, List<CniResult.Ip> ips) {
    for (Family family : List.of(ipv4, ipv6)) {
      List<Entry> entries = family.entries(ips);
      if (!entries.isEmpty()
          && (!family.table.isFramed() || !family.table.missing(owner, entries).isEmpty())) {
        return false;
      }
    }
    return true;
  }

  private static boolean sameAddress(Entry present, List<Entry> entries) {
    byte[] key = present.element().key().toArray();
    for (Entry entry : entries) {
      byte[] other = entry.element().key().toArray();
      int length = present.set().key().parts().get(0).length();
      if (Arrays.equals(key, 0, length, other, 0, length)) {
        return true;
      }
    }
    return false;
  }

  private static final class Family {
    private final boolean isIpv4;
    private final NftSet pods;
    private final NftSet networks;
    private final AttachmentTable table;

    private Family(HostNetwork host, TableName name) {
      isIpv4 = name.equals(TableName.ip(TABLE));
      DataType address = isIpv4 ? DataType.IPV4_ADDR : DataType.IPV6_ADDR;
      pods = NftSet.set(name.set("pods"), address);
      networks = NftSet.set(name.set("networks"), address, address).with(SetFlag.INTERVAL);
      table = new AttachmentTable(host, frame(name));
    }

    private TableContent frame(TableName name) {
      ChainName postrouting = name.chain("postrouting");
      Field source = isIpv4 ? Field.IP_SADDR : Field.IP6_SADDR;
      Field destination = isIpv4 ? Field.IP_DADDR : Field.IP6_DADDR;
      IpPrefix multicast = IpPrefix.parse(isIpv4 ? "224.0.0.0/4" : "ff00::/8");
      return TableContent.builder(Table.of(name).withComment("flannel-j ipMasq, version 1"))
          .add(pods)
          .add(networks)
          .add(Chain.base(postrouting, BaseChain.nat(Hook.POSTROUTING, BaseChain.PRIORITY_SRCNAT)))
          .add(
              RuleWriter.rule(
                  postrouting,
                  Match.in(pods, source),
                  Match.ipDaddrNot(multicast),
                  Match.notIn(networks, source, destination),
                  Action.masquerade()))
          .build();
    }

    /** The pod's address; and with it the network that sees it. */
    private List<Entry> entries(List<CniResult.Ip> ips) {
      List<Entry> entries = new ArrayList<>();
      for (CniResult.Ip ip : ips) {
        if (ip.address().isIpv4() == isIpv4) {
          Bytes pod = Operand.address(ip.address().address());
          SetElement network = SetElement.prefix(ip.address());
          Bytes last = network.last().orElse(network.key());
          entries.add(new Entry(pods, SetElement.of(pod)));
          entries.add(
              new Entry(
                  networks,
                  SetElement.range(Operand.concat(pod, network.key()), Operand.concat(pod, last))));
        }
      }
      return entries;
    }
  }
}
