package io.flannelj.cni.testkit;

import io.flannelj.cni.PodNamespace;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.testkit.TestNamespace;

/** A test's namespace as plugins see a pod. */
public final class RealPod implements PodNamespace, AutoCloseable {
  private final TestNamespace namespace;
  private final NetlinkSocket socket;

  /** Of this namespace, which is closed by others. */
  public RealPod(TestNamespace namespace) {
    this.namespace = namespace;
    this.socket = namespace.openRoute();
  }

  @Override
  public String path() {
    return "/run/netns/dummy";
  }

  @Override
  public NetlinkTransport rtnetlink() {
    return socket;
  }

  @Override
  public int descriptor() {
    return namespace.namespace().descriptor().number();
  }

  @Override
  public long cookie() {
    return 4711;
  }

  @Override
  public boolean isHostNamespace() {
    return false;
  }

  @Override
  public void close() {
    socket.close();
  }
}
