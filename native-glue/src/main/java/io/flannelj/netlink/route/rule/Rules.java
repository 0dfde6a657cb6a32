package io.flannelj.netlink.route.rule;

import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.NetlinkTransport;
import java.util.List;

/** Requests about policy rules. */
public final class Rules {
  private static final int RTM_GETRULE = 34;

  private Rules() {}

  /**
   * {@code ip rule show}, in the order in which they are tried.
   *
   * @param family AF_INET or AF_INET6
   */
  public static List<RuleInfo> show(NetlinkTransport kernel, int family) {
    NetlinkRequest list =
        new NetlinkRequest(
            "ip rule show",
            RTM_GETRULE,
            0,
            out -> out.rawByte(family).rawByte(0).rawShort(0).rawInt(0).rawInt(0));
    return kernel.dump(list).stream().map(RuleInfo::of).toList();
  }
}
