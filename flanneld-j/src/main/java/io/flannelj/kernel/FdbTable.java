package io.flannelj.kernel;

import io.flannelj.net.IpAddress;
import io.flannelj.net.Ipv4Address;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.neighbour.Fdb;
import io.flannelj.netlink.route.neighbour.FdbInfo;
import io.flannelj.netlink.route.neighbour.FdbSpec;
import io.flannelj.reconcile.KernelTable;
import java.util.HashMap;
import java.util.Map;

/**
 * FDB of the VXLAN device: which node a MAC is behind.
 *
 * <p>Key: device and MAC. The kernel keeps no tag here, so every permanent entry with a destination
 * on our device is ours; learned ones (Learning) are not permanent and age by themselves. An entry
 * that was appended to gives a MAC two destinations: the kernel then replies ENOTUNIQ or sends to
 * both, so such a MAC counts as different and is deleted before it is put. So does one with a port,
 * VNI or interface of its own.
 */
public final class FdbTable implements KernelTable<MacAddress, IpAddress> {
  private static final IpAddress OTHERWISE = Ipv4Address.ANY;

  private final NetlinkTransport transport;
  private final DeviceIndex device;

  /** For the device. */
  public FdbTable(NetlinkTransport transport, DeviceIndex device) {
    this.transport = transport;
    this.device = device;
  }

  @Override
  public String name() {
    return "fdb";
  }

  @Override
  public Map<MacAddress, IpAddress> dumpOwned() {
    Map<MacAddress, IpAddress> owned = new HashMap<>();
    for (NetlinkMessage message : transport.dump(Fdb.list(device.get()))) {
      FdbInfo entry = FdbInfo.of(message);
      boolean ours =
          entry.index() == device.get() && entry.isPermanent() && entry.remote().isPresent();
      if (ours && !entry.mac().equals(MacAddress.ZERO)) {
        IpAddress remote = entry.isAsDeviceSays() ? entry.remote().get() : OTHERWISE;
        owned.merge(entry.mac(), remote, (one, other) -> OTHERWISE);
      }
    }
    return owned;
  }

  @Override
  public Map<MacAddress, RuntimeException> apply(
      Map<MacAddress, IpAddress> toPut, Map<MacAddress, IpAddress> toRemove) {
    return Batches.run(
        transport,
        toPut,
        (mac, remote) -> Fdb.replace(FdbSpec.remote(device.get(), mac, remote)),
        toRemove,
        (mac, remote) -> Fdb.delete(FdbSpec.remote(device.get(), mac, remote)));
  }
}
