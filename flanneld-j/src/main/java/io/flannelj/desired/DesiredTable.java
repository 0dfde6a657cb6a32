package io.flannelj.desired;

import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * One of the kernel's tables: its name, how its entries print as commands, and which device an
 * entry stands on. The constants are all there are, in the order in which they are applied; removal
 * goes the other way.
 *
 * @param <K> what the kernel keys entries by
 * @param <V> the rest of an entry
 */
public final class DesiredTable<K, V> {
  /** Parameters of the whole node. */
  public static final DesiredTable<SysctlKey, String> SYSCTLS =
      new DesiredTable<>("sysctl", (key, value) -> Optional.empty(), new Commands.OfSysctls());

  /** Devices. */
  public static final DesiredTable<LinkName, LinkSpec> LINKS =
      new DesiredTable<>("link", (key, value) -> Optional.empty(), new Commands.OfLinks());

  /** Parameters of our devices, which exist only after the devices do. */
  public static final DesiredTable<SysctlKey, String> LINK_SYSCTLS =
      new DesiredTable<>("link-sysctl", DesiredTable::linkOf, new Commands.OfSysctls());

  /** Addresses of our devices. */
  public static final DesiredTable<AddressKey, AddressSpec> ADDRESSES =
      new DesiredTable<>(
          "address", (key, value) -> Optional.of(key.link()), new Commands.OfAddresses());

  /** ARP and ND entries on our devices. */
  public static final DesiredTable<NeighbourKey, NeighbourSpec> NEIGHBOURS =
      new DesiredTable<>(
          "neighbour", (key, value) -> Optional.of(key.link()), new Commands.OfNeighbours());

  /** Forwarding entries of our VXLAN devices. */
  public static final DesiredTable<FdbKey, FdbSpec> FDB =
      new DesiredTable<>("fdb", (key, value) -> Optional.of(key.link()), new Commands.OfFdb());

  /** Routes of the main table. */
  public static final DesiredTable<RouteKey, RouteSpec> ROUTES =
      new DesiredTable<>(
          "route", (key, value) -> Optional.of(value.link()), new Commands.OfRoutes());

  /** nftables tables of ours. */
  public static final DesiredTable<NftTableKey, NftTable> NFT_TABLES =
      new DesiredTable<>("nftables", (key, value) -> Optional.empty(), new Commands.OfNftTables());

  /** Rules of ours in foreign chains. */
  public static final DesiredTable<ChainRuleKey, NftRule> CHAIN_RULES =
      new DesiredTable<>(
          "chain-rule", (key, value) -> Optional.empty(), new Commands.OfChainRules());

  /** All, in the order of application. */
  public static final List<DesiredTable<?, ?>> IN_ORDER =
      List.of(
          SYSCTLS,
          LINKS,
          LINK_SYSCTLS,
          ADDRESSES,
          NEIGHBOURS,
          FDB,
          ROUTES,
          NFT_TABLES,
          CHAIN_RULES);

  private final String name;
  private final BiFunction<K, V, Optional<LinkName>> link;
  private final Commands<K, V> commands;

  private DesiredTable(
      String name, BiFunction<K, V, Optional<LinkName>> link, Commands<K, V> commands) {
    this.name = name;
    this.link = link;
    this.commands = commands;
  }

  /** The word that {@code ip}, {@code bridge} or {@code nft} use for it. */
  public String name() {
    return name;
  }

  /** The device that the entry stands on and vanishes with; empty if it stands alone. */
  public Optional<LinkName> link(K key, V value) {
    return link.apply(key, value);
  }

  /** The commands that bring the entry about, or change it to this value. */
  public List<String> put(K key, V value) {
    return commands.put(key, value);
  }

  /** The command that removes the entry. */
  public String remove(K key, V value) {
    return commands.remove(key, value);
  }

  @Override
  public String toString() {
    return name;
  }

  /** {@code net/ipv6/conf/flannel.1/accept_ra} stands on flannel.1. */
  private static Optional<LinkName> linkOf(SysctlKey key, String value) {
    String[] parts = key.path().split("/", -1);
    return parts.length == 5 && parts[2].equals("conf")
        ? Optional.of(new LinkName(parts[3]))
        : Optional.empty();
  }
}
