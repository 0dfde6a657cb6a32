package io.flannelj.kernel;

import io.flannelj.libc.Errno;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.Links;

/** Gives devices that were renamed their names back. */
final class LinkNames {
  private LinkNames() {}

  /** Kernels before 6.2 rename no device that is up: there it is down afterwards. */
  static void give(NetlinkTransport transport, LinkId link, String name) {
    try {
      transport.execute(Links.rename(link, name));
    } catch (NetlinkException e) {
      if (e.errno() != Errno.EBUSY) {
        throw e;
      }
      transport.execute(Links.setDown(link));
      transport.execute(Links.rename(link, name));
    }
  }
}
