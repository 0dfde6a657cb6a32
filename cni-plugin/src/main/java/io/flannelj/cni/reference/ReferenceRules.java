package io.flannelj.cni.reference;

import io.flannelj.cni.Attachment;
import io.flannelj.cni.PluginContext;
import io.flannelj.cni.pod.HostNetwork;
import io.flannelj.libc.Errno;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.nftables.ChainName;
import io.flannelj.netlink.nftables.NftBatch;
import io.flannelj.netlink.nftables.NftDump;
import io.flannelj.netlink.nftables.Rule;
import io.flannelj.netlink.nftables.TableName;
import io.flannelj.netlink.nftables.expression.ImmediateVerdict;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Rules of the reference plugins for a pod that they made: a chain for it in iptables' table {@code
 * nat} (that of iptables-nft or of iptables-legacy), or from 1.6 on rules with its name as comment
 * in nftables tables of their own. The address is given to another pod after the DEL, which must
 * not be masqueraded and reached by the ports of the one before.
 *
 * <p>A pod without any costs one question for each place; nothing is listed for it.
 */
public final class ReferenceRules {
  private static final int ATTEMPTS = 5;
  private static final List<TableName> NAT = List.of(TableName.ip("nat"), TableName.ip6("nat"));
  private static final ChainName MASQUERADE =
      TableName.inet("cni_plugins_masquerade").chain("masq_checks");
  private static final List<TableName> HOST_PORTS =
      List.of(TableName.ip("cni_hostport"), TableName.ip6("cni_hostport"));
  private static final List<String> HOST_PORT_CHAINS =
      List.of("hostports", "hostip_hostports", "masquerading");

  private final HostNetwork host;

  /** In a host's namespace. */
  public ReferenceRules(HostNetwork host) {
    this.host = host;
  }

  /** Removes ipMasq of the reference's bridge. What stays is told and fails nothing. */
  public void removeMasquerade(PluginContext c, Attachment owner) {
    ReferenceNames names = new ReferenceNames(owner);
    removeChains(c, owner, names.masqueradeChain(), "POSTROUTING", names.comment());
    attempt(c, owner, kernel -> removeRules(kernel, MASQUERADE, names::isMasqueradeComment));
  }

  /** Removes the ports of the reference's portmap. What stays is told and fails nothing. */
  public void removeHostPorts(PluginContext c, Attachment owner) {
    ReferenceNames names = new ReferenceNames(owner);
    removeChains(c, owner, names.hostPortChain(), "CNI-HOSTPORT-DNAT", "dnat " + names.comment());
    for (TableName table : HOST_PORTS) {
      attempt(c, owner, kernel -> removeHostPorts(kernel, table, owner));
    }
  }

  /** The owner's chain of iptables, of either kind and in both families. */
  private void removeChains(
      PluginContext c, Attachment owner, String name, String from, String comment) {
    for (TableName nat : NAT) {
      attempt(
          c, owner, kernel -> removeChain(c, kernel, nat.chain(name), nat.chain(from), comment));
    }
    new LegacyChain(name, from, comment).remove(c);
  }

  private static void removeHostPorts(NetlinkTransport kernel, TableName table, Attachment owner) {
    if (new NftDump(kernel).table(table).isEmpty()) {
      return;
    }
    for (String chain : HOST_PORT_CHAINS) {
      removeRules(kernel, table.chain(chain), owner.containerId()::equals);
    }
  }

  /** Others may change the rules at the same time: then what was read is read again. */
  private void attempt(PluginContext c, Attachment owner, Consumer<NetlinkTransport> work) {
    for (int attempt = 1; ; attempt++) {
      try {
        host.withNftables(
            kernel -> {
              work.accept(kernel);
              return true;
            });
        return;
      } catch (NetlinkException e) {
        // A kernel without nf_tables has none of them; nfnetlink says EINVAL.
        if (e.errno() == Errno.EINVAL || e.errno() == Errno.EOPNOTSUPP) {
          return;
        }
        boolean changed = e.errno() == Errno.ENOENT || e.errno() == Errno.EBUSY;
        if (!changed || attempt == ATTEMPTS) {
          c.log("rules that another plugin made for " + owner + " stay: " + e.getMessage());
          return;
        }
      }
    }
  }

  /** The chain with the rules that jump to it, which name its owner: the chain's name is a hash. */
  private static void removeChain(
      PluginContext c, NetlinkTransport kernel, ChainName chain, ChainName from, String comment) {
    NftDump dump = new NftDump(kernel);
    if (dump.chain(chain).isEmpty()) {
      return;
    }
    NftBatch batch = new NftBatch();
    for (Rule rule : dump.rules(from)) {
      if (jumpsTo(rule, chain.name())) {
        if (!rule.anyComment().equals(comment)) {
          c.log("the chain " + chain + " stays: it is for " + rule.anyComment());
          return;
        }
        batch.deleteRule(from, rule.handle());
      }
    }
    batch.flush(chain).delete(chain).run(kernel);
  }

  private static boolean jumpsTo(Rule rule, String chain) {
    return rule.expressions().stream()
        .anyMatch(
            step ->
                step instanceof ImmediateVerdict immediate
                    && immediate.verdict().chain().equals(chain));
  }

  private static void removeRules(
      NetlinkTransport kernel, ChainName chain, Predicate<String> ofOwner) {
    NftDump dump = new NftDump(kernel);
    if (dump.chain(chain).isEmpty()) {
      return;
    }
    NftBatch batch = new NftBatch();
    for (Rule rule : dump.rules(chain)) {
      if (ofOwner.test(rule.comment())) {
        batch.deleteRule(chain, rule.handle());
      }
    }
    batch.run(kernel);
  }
}
