package io.flannelj.cni.testkit;

import io.flannelj.cni.PodNamespace;
import io.flannelj.netlink.NetlinkTransport;

/**
 * A namespace that is only named.
 *
 * @param path CNI_NETNS
 * @param isHostNamespace whether it pretends to be the host's
 */
public record FakePod(String path, boolean isHostNamespace) implements PodNamespace {
  @Override
  public NetlinkTransport rtnetlink() {
    throw new IllegalStateException("a fake pod has no netlink");
  }

  @Override
  public int descriptor() {
    throw new IllegalStateException("a fake pod has no descriptor");
  }

  @Override
  public long cookie() {
    return 4711;
  }
}
