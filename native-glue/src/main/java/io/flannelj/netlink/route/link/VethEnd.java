package io.flannelj.netlink.route.link;

import io.flannelj.net.MacAddress;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One end of a veth pair to make.
 *
 * @param name device name
 * @param mac its address; without one the kernel rolls one
 * @param mtu bytes, 0: the kernel's default of 1500
 * @param master index of the bridge to join, 0: none; the kernel heeds it at the requesting end
 *     only
 * @param netns open descriptor of the namespace to make it in, empty: where the socket is
 * @param up whether to set it up at once; for the requesting end only: the kernel opens the peer
 *     before the two are joined and says ENOTCONN
 */
public record VethEnd(
    String name, Optional<MacAddress> mac, int mtu, int master, OptionalInt netns, boolean up) {

  /** An end without further wishes. */
  public static VethEnd named(String name) {
    return new VethEnd(name, Optional.empty(), 0, 0, OptionalInt.empty(), false);
  }

  /** The same with an address. */
  public VethEnd withMac(MacAddress address) {
    return new VethEnd(name, Optional.of(address), mtu, master, netns, up);
  }

  /** The same with an MTU in bytes; 0: the kernel's default. */
  public VethEnd withMtu(int bytes) {
    return new VethEnd(name, mac, bytes, master, netns, up);
  }

  /** The same as a port of a bridge. */
  public VethEnd withMaster(int bridgeIndex) {
    return new VethEnd(name, mac, mtu, bridgeIndex, netns, up);
  }

  /** The same in another namespace. */
  public VethEnd inNetns(int descriptor) {
    return new VethEnd(name, mac, mtu, master, OptionalInt.of(descriptor), up);
  }

  /** The same, set up at once. */
  public VethEnd withUp() {
    return new VethEnd(name, mac, mtu, master, netns, true);
  }
}
