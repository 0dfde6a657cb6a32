package io.flannelj.cni.bridge;

import io.flannelj.cni.Attachment;
import io.flannelj.cni.CniError;
import io.flannelj.cni.pod.HostNetwork;
import io.flannelj.cni.rules.AttachmentTable;
import io.flannelj.cni.rules.Entry;
import io.flannelj.cni.rules.StaleOwners;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.nftables.BaseChain;
import io.flannelj.netlink.nftables.Chain;
import io.flannelj.netlink.nftables.ChainName;
import io.flannelj.netlink.nftables.DataType;
import io.flannelj.netlink.nftables.Hook;
import io.flannelj.netlink.nftables.NftSet;
import io.flannelj.netlink.nftables.SetElement;
import io.flannelj.netlink.nftables.Table;
import io.flannelj.netlink.nftables.TableContent;
import io.flannelj.netlink.nftables.TableName;
import io.flannelj.netlink.nftables.expression.Operand;
import io.flannelj.netlink.nftables.statement.Action;
import io.flannelj.netlink.nftables.statement.Field;
import io.flannelj.netlink.nftables.statement.Match;
import io.flannelj.netlink.nftables.statement.RuleWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * {@code macspoofchk}: what enters the bridge by a pod's port with another sender than the pod's
 * MAC is dropped. One rule for all pods. The table's name is ours: the reference plugin writes its
 * chains, two for each pod, into {@code bridge nat}.
 */
final class SpoofCheck {
  private static final TableName TABLE = TableName.bridge("flannelj_macspoofchk");

  /** Host's ends that are looked at. */
  private static final NftSet PORTS = NftSet.set(TABLE.set("ports"), DataType.IFNAME);

  /** What may come from them. */
  private static final NftSet SENDERS =
      NftSet.set(TABLE.set("senders"), DataType.IFNAME, DataType.ETHER_ADDR);

  private final AttachmentTable table;

  SpoofCheck(HostNetwork host) {
    table = new AttachmentTable(host, frame());
  }

  private static TableContent frame() {
    ChainName prerouting = TABLE.chain("prerouting");
    return TableContent.builder(Table.of(TABLE).withComment("flannel-j macspoofchk, version 1"))
        .add(PORTS)
        .add(SENDERS)
        .add(
            Chain.base(
                prerouting, BaseChain.filter(Hook.PREROUTING, BaseChain.PRIORITY_BRIDGE_DSTNAT)))
        .add(
            RuleWriter.rule(
                prerouting,
                Match.in(PORTS, Field.IIFNAME),
                Match.notIn(SENDERS, Field.IIFNAME, Field.ETHER_SADDR),
                Action.drop()))
        .build();
  }

  /** Begins for a pod. What a former owner of the port's name left is taken away. */
  void add(Attachment owner, String port, MacAddress mac) {
    byte[] name = Operand.ifname(port).toArray();
    Optional<Entry> taken =
        table.add(
            owner,
            entries(port, mac),
            present ->
                Arrays.equals(
                    present.element().key().toArray(), 0, name.length, name, 0, name.length));
    if (taken.isPresent()) {
      throw new CniError(
          CniError.INTERNAL,
          "macspoofchk of "
              + port
              + " is taken by the attachment "
              + taken.get().element().comment());
    }
  }

  /** Ends it; nothing to do for a pod that has none. */
  void remove(Attachment owner) {
    table.remove(owner);
  }

  /** Ends it for the attachments of a network that are no longer valid. */
  void removeAll(StaleOwners stale) {
    table.removeAll(stale);
  }

  /** Whether a pod's elements and the rule are there. */
  boolean isComplete(Attachment owner, String port, MacAddress mac) {
    return table.isFramed() && table.missing(owner, entries(port, mac)).isEmpty();
  }

  private static List<Entry> entries(String port, MacAddress mac) {
    Bytes name = Operand.ifname(port);
    return List.of(
        new Entry(PORTS, SetElement.of(name)),
        new Entry(SENDERS, SetElement.of(name, Operand.mac(mac))));
  }
}
