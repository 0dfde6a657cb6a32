package io.flannelj.desired;

import io.flannelj.net.IpPrefix;
import java.util.ArrayList;
import java.util.List;

/**
 * How the entries of a table print as the commands that a person would type.
 *
 * @param <K> the table's key
 * @param <V> the table's value
 */
sealed interface Commands<K, V> {
  List<String> put(K key, V value);

  String remove(K key, V value);

  /** {@code sysctl}; with slashes, which it takes for names with dots. */
  record OfSysctls() implements Commands<SysctlKey, String> {
    @Override
    public List<String> put(SysctlKey key, String value) {
      return List.of("sysctl -w " + key + "=" + value);
    }

    @Override
    public String remove(SysctlKey key, String value) {
      return "# sysctl " + key + " stays " + value;
    }
  }

  /** {@code ip link}. */
  record OfLinks() implements Commands<LinkName, LinkSpec> {
    @Override
    public List<String> put(LinkName name, LinkSpec link) {
      if (!(link instanceof VxlanLink vxlan)) {
        throw new IllegalArgumentException("no command for a link of kind " + link.kind());
      }
      return List.of(
          "ip link add "
              + name
              + " address "
              + vxlan.mac()
              + " mtu "
              + vxlan.mtu()
              + " type vxlan id "
              + vxlan.vni()
              + " local "
              + vxlan.local()
              + " dev "
              + vxlan.underlay()
              + " dstport "
              + vxlan.port()
              + (vxlan.learning() ? " learning" : " nolearning")
              + (vxlan.groupPolicy() ? " gbp" : ""),
          "ip link set " + name + " up");
    }

    @Override
    public String remove(LinkName name, LinkSpec link) {
      return "ip link del " + name;
    }
  }

  /** {@code ip address}. */
  record OfAddresses() implements Commands<AddressKey, AddressSpec> {
    @Override
    public List<String> put(AddressKey key, AddressSpec spec) {
      return List.of(
          "ip address replace " + key + (spec.skipsDuplicateDetection() ? " nodad" : ""));
    }

    @Override
    public String remove(AddressKey key, AddressSpec spec) {
      return "ip address del " + key;
    }
  }

  /** {@code ip neighbour}. */
  record OfNeighbours() implements Commands<NeighbourKey, NeighbourSpec> {
    @Override
    public List<String> put(NeighbourKey key, NeighbourSpec spec) {
      return List.of(
          "ip neighbour replace "
              + key.address()
              + " lladdr "
              + spec.mac()
              + " dev "
              + key.link()
              + " nud permanent"
              + protocol(spec.protocol(), RouteProtocol.UNSPEC));
    }

    @Override
    public String remove(NeighbourKey key, NeighbourSpec spec) {
      return "ip neighbour del " + key;
    }
  }

  /** {@code bridge fdb}. */
  record OfFdb() implements Commands<FdbKey, FdbSpec> {
    @Override
    public List<String> put(FdbKey key, FdbSpec spec) {
      List<String> lines = new ArrayList<>();
      for (int i = 0; i < spec.remotes().size(); i++) {
        String verb = i == 0 ? "replace " : "append ";
        lines.add("bridge fdb " + verb + key + " dst " + spec.remotes().get(i) + " self permanent");
      }
      return lines;
    }

    @Override
    public String remove(FdbKey key, FdbSpec spec) {
      return "bridge fdb del " + key + " self";
    }
  }

  /** {@code ip route}. */
  record OfRoutes() implements Commands<RouteKey, RouteSpec> {
    @Override
    public List<String> put(RouteKey key, RouteSpec spec) {
      return List.of("ip route replace " + text(key, spec));
    }

    @Override
    public String remove(RouteKey key, RouteSpec spec) {
      return "ip route del " + text(key, spec);
    }

    private static String text(RouteKey key, RouteSpec spec) {
      IpPrefix destination = key.destination();
      boolean standard = RouteKey.to(destination).equals(key);
      return destination
          + spec.gateway().map(gateway -> " via " + gateway).orElse("")
          + " dev "
          + spec.link()
          + protocol(spec.protocol(), RouteProtocol.BOOT)
          + (standard ? "" : " metric " + key.metric())
          + (spec.onlink() ? " onlink" : "");
    }
  }

  /**
   * {@code nft -f}: the table as {@code nft list table} prints it, after a line that empties it.
   */
  record OfNftTables() implements Commands<NftTableKey, NftTable> {
    @Override
    public List<String> put(NftTableKey key, NftTable table) {
      List<String> lines = new ArrayList<>();
      lines.add(key + " {");
      for (NftChain chain : table.chains()) {
        lines.add("\tchain " + chain.name() + " {");
        chain.hook().ifPresent(hook -> lines.add("\t\t" + hook.words()));
        chain.rules().forEach(rule -> lines.add("\t\t" + rule.words()));
        lines.add("\t}");
        lines.add("");
      }
      if (!table.chains().isEmpty()) {
        lines.remove(lines.size() - 1);
      }
      lines.add("}");
      return lines;
    }

    @Override
    public String remove(NftTableKey key, NftTable table) {
      return "delete " + key;
    }
  }

  /** {@code nft add rule}. */
  record OfChainRules() implements Commands<ChainRuleKey, NftRule> {
    @Override
    public List<String> put(ChainRuleKey key, NftRule rule) {
      return List.of(
          "add rule "
              + key.family().word()
              + " "
              + key.table()
              + " "
              + key.chain()
              + " "
              + rule.words()
              + " comment \""
              + key.comment()
              + "\"");
    }

    @Override
    public String remove(ChainRuleKey key, NftRule rule) {
      return "delete " + key;
    }
  }

  private static String protocol(RouteProtocol protocol, RouteProtocol unsaid) {
    return protocol.equals(unsaid) ? "" : " proto " + protocol;
  }
}
