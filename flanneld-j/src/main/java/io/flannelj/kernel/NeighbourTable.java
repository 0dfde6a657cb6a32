package io.flannelj.kernel;

import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.Rtnetlink;
import io.flannelj.netlink.route.neighbour.NeighbourInfo;
import io.flannelj.netlink.route.neighbour.NeighbourSpec;
import io.flannelj.netlink.route.neighbour.Neighbours;
import io.flannelj.reconcile.KernelTable;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Permanent neighbours on the VXLAN device: a peer's .0 and its device's MAC.
 *
 * <p>Key: device and address. Ours carry our NDA_PROTOCOL; those that Go flannel left are
 * permanent, without protocol, and inside Network. The kernel drops all of them when the device is
 * deleted, set down or given another MAC.
 */
public final class NeighbourTable implements KernelTable<IpAddress, MacAddress> {
  private final NetlinkTransport transport;
  private final DeviceIndex device;
  private final Supplier<IpPrefix> network;

  /** For the device, within a network. */
  public NeighbourTable(
      NetlinkTransport transport, DeviceIndex device, Supplier<IpPrefix> network) {
    this.transport = transport;
    this.device = device;
    this.network = network;
  }

  @Override
  public String name() {
    return "neighbour";
  }

  @Override
  public Map<IpAddress, MacAddress> dumpOwned() {
    Map<IpAddress, MacAddress> owned = new HashMap<>();
    for (NetlinkMessage message :
        transport.dump(
            Neighbours.list(Rtnetlink.family(AddressFamily.of(network.get())), device.get()))) {
      NeighbourInfo neighbour = NeighbourInfo.of(message);
      boolean ours =
          neighbour.index() == device.get()
              && neighbour.isPermanent()
              && (neighbour.protocol() == Ownership.PROTOCOL
                  || network.get().contains(neighbour.address()));
      if (ours) {
        owned.put(neighbour.address(), neighbour.mac());
      }
    }
    return owned;
  }

  @Override
  public Map<IpAddress, RuntimeException> apply(
      Map<IpAddress, MacAddress> toPut, Map<IpAddress, MacAddress> toRemove) {
    return Batches.run(
        transport,
        toPut,
        (address, mac) ->
            Neighbours.replace(
                NeighbourSpec.permanent(device.get(), address, mac)
                    .withProtocol(Ownership.PROTOCOL)),
        toRemove,
        (address, mac) -> Neighbours.delete(device.get(), address));
  }
}
