package io.flannelj.kernel;

import io.flannelj.desired.TrafficRules;
import java.util.ArrayList;
import java.util.List;

/**
 * A chain that Go flannel makes in iptables' tables.
 *
 * @param table nat or filter
 * @param base the kernel's chain that jumps to it
 * @param name its own
 */
record GoFlannelChain(String table, String base, String name) {
  private static final GoFlannelChain MASQUERADES =
      new GoFlannelChain("nat", "POSTROUTING", "FLANNEL-POSTRTG");
  private static final GoFlannelChain ACCEPTS =
      new GoFlannelChain("filter", "FORWARD", "FLANNEL-FWD");

  /** Those that our rules make needless. */
  static List<GoFlannelChain> replacedBy(TrafficRules rules) {
    List<GoFlannelChain> chains = new ArrayList<>();
    if (rules.masquerade()) {
      chains.add(MASQUERADES);
    }
    if (rules.forward()) {
      chains.add(ACCEPTS);
    }
    return chains;
  }
}
