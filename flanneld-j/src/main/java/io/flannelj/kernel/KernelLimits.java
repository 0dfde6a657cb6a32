package io.flannelj.kernel;

import io.flannelj.net.AddressFamily;
import io.flannelj.sysctl.Sysctl;
import java.util.ArrayList;
import java.util.List;

/**
 * What this kernel does without, and what does not work for that.
 *
 * @param ipv6 whether it has IPv6: not with the parameter {@code ipv6.disable=1}
 * @param bridgeFilter whether br_netfilter is loaded
 */
public record KernelLimits(boolean ipv6, boolean bridgeFilter) {

  /** Looks; net.* is that of the calling thread's network namespace. */
  public static KernelLimits read(Sysctl sysctl) {
    return new KernelLimits(
        sysctl.read("net/ipv6/conf/all/forwarding").isPresent(),
        sysctl.read("net/bridge/bridge-nf-call-iptables").isPresent());
  }

  /** One sentence for each thing that is off. */
  public List<String> texts(List<AddressFamily> wanted) {
    List<String> texts = new ArrayList<>();
    if (!ipv6 && wanted.contains(AddressFamily.IPV6)) {
      texts.add(
          "IPv6: this kernel has none (ipv6.disable=1?), so pods get IPv4 only although"
              + " net-conf.json has EnableIPv6");
    }
    if (!bridgeFilter) {
      texts.add(
          "br_netfilter is not loaded: iptables does not see what pods of one node send each"
              + " other, nor do Services of kube-proxy's iptables mode among them; modprobe"
              + " br_netfilter if that is needed");
    }
    return texts;
  }
}
