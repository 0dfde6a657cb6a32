package io.flannelj.netlink.nftables.text;

import io.flannelj.netlink.nftables.BaseChain;
import io.flannelj.netlink.nftables.Hook;
import io.flannelj.netlink.nftables.NftFamily;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What makes a chain a base chain. */
final class ChainText {
  private static final int REACH = 10;

  private ChainText() {}

  /** {@code type filter hook forward priority filter; policy accept;}. */
  static String base(NftFamily family, BaseChain base) {
    return "type "
        + base.type()
        + " hook "
        + base.hook()
        + devices(base.devices())
        + " priority "
        + priority(family, base.hook(), base.priority())
        + "; policy "
        + (base.policyDrop() ? "drop" : "accept")
        + ";";
  }

  private static String devices(List<String> devices) {
    if (devices.isEmpty()) {
      return "";
    }
    if (devices.size() == 1) {
      return " device " + ValueText.quote(devices.get(0));
    }
    return " devices = { "
        + String.join(", ", devices.stream().map(ValueText::quote).toList())
        + " }";
  }

  private static String priority(NftFamily family, Hook hook, int priority) {
    for (Map.Entry<String, Integer> known : names(family, hook).entrySet()) {
      int offset = priority - known.getValue();
      if (Math.abs(offset) <= REACH) {
        return offset == 0
            ? known.getKey()
            : known.getKey() + (offset > 0 ? " + " : " - ") + Math.abs(offset);
      }
    }
    return "" + priority;
  }

  /** nft's names, some of which hold at one hook only. */
  private static Map<String, Integer> names(NftFamily family, Hook hook) {
    Map<String, Integer> names = new LinkedHashMap<>();
    boolean bridge = family == NftFamily.BRIDGE;
    names.put("filter", bridge ? -200 : 0);
    if (hook == Hook.PREROUTING && family != NftFamily.ARP) {
      names.put("dstnat", bridge ? BaseChain.PRIORITY_BRIDGE_DSTNAT : BaseChain.PRIORITY_DSTNAT);
    }
    if (hook == Hook.POSTROUTING && family != NftFamily.ARP) {
      names.put("srcnat", bridge ? 300 : BaseChain.PRIORITY_SRCNAT);
    }
    if (bridge && hook == Hook.OUTPUT) {
      names.put("out", 100);
    }
    if (family == NftFamily.IP || family == NftFamily.IP6 || family == NftFamily.INET) {
      names.put("raw", BaseChain.PRIORITY_RAW);
      names.put("mangle", BaseChain.PRIORITY_MANGLE);
      names.put("security", 50);
    }
    return names;
  }
}
