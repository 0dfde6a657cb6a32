package io.flannelj.daemon;

import io.flannelj.reconcile.TableStatus;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What fails of the objects without which no pod of the node has a network: forwarding and the
 * rules that masquerade. What a single peer needs is not among them.
 */
final class NodeFailures {
  // IPv6's tables have a 6 behind their names.
  private static final Set<String> RULES = Set.of("nft", "nft6");
  private static final Set<String> PARAMETERS = Set.of("sysctl", "sysctl6");
  private static final List<String> FORWARDING =
      List.of("net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding");

  private NodeFailures() {}

  /**
   * Why pods have no network, empty if nothing of that kind fails. One failure in between, such as
   * another program's change of the rules at the same moment, is not told of a node that was ready.
   *
   * @param before the tables after the round before this one; of a node that was never ready: none
   */
  static String of(List<TableStatus> now, Optional<List<TableStatus>> before) {
    Optional<String> failure = now.stream().flatMap(NodeFailures::failures).findFirst();
    boolean lasts =
        before.isEmpty() || before.get().stream().flatMap(NodeFailures::failures).count() > 0;
    return failure.filter(text -> lasts).orElse("");
  }

  private static Stream<String> failures(TableStatus table) {
    if (RULES.contains(table.table()) && table.failed() > 0) {
      return Stream.of("nftables: " + table.firstError());
    }
    return PARAMETERS.contains(table.table())
        ? FORWARDING.stream().flatMap(key -> Optional.ofNullable(table.errors().get(key)).stream())
        : Stream.empty();
  }
}
