package io.flannelj.cni;

import io.flannelj.netlink.NetlinkTransport;

/** The network namespace of a pod, open for the length of one call. */
public interface PodNamespace {
  /** CNI_NETNS, letter for letter: a result names it as {@code sandbox}. */
  String path();

  /** rtnetlink inside the namespace. */
  NetlinkTransport rtnetlink();

  /** Number of the open namespace; for IFLA_NET_NS_FD. Owned by the call. */
  int descriptor();

  /** SO_NETNS_COOKIE: the namespace's number for ever, unlike its inode. */
  long cookie();

  /** Whether it is the namespace of the one who called, that is the host's. */
  boolean isHostNamespace();
}
