package io.flannelj.kernel;

import static io.flannelj.netlink.route.Rtnetlink.AF_INET;

import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.address.AddressInfo;
import io.flannelj.netlink.route.address.AddressSpec;
import io.flannelj.netlink.route.address.Addresses;
import io.flannelj.reconcile.KernelTable;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Addresses of the VXLAN device.
 *
 * <p>Key: address and prefix length. Ours are those inside Network; others, such as a link-local
 * one that a DHCP client set, are left alone. The kernel drops them when the device is deleted.
 */
public final class AddressTable implements KernelTable<IpPrefix, Boolean> {
  private final NetlinkTransport transport;
  private final DeviceIndex device;
  private final Supplier<IpPrefix> network;

  /** For the device, within a network. */
  public AddressTable(NetlinkTransport transport, DeviceIndex device, Supplier<IpPrefix> network) {
    this.transport = transport;
    this.device = device;
    this.network = network;
  }

  @Override
  public String name() {
    return "address";
  }

  @Override
  public Map<IpPrefix, Boolean> dumpOwned() {
    Map<IpPrefix, Boolean> owned = new HashMap<>();
    transport.dump(Addresses.list(AF_INET, device.get())).stream()
        .map(AddressInfo::of)
        .filter(address -> address.index() == device.get())
        .filter(address -> network.get().contains(address.prefix().address()))
        .forEach(address -> owned.put(address.prefix(), true));
    return owned;
  }

  @Override
  public Map<IpPrefix, RuntimeException> apply(
      Map<IpPrefix, Boolean> toPut, Map<IpPrefix, Boolean> toRemove) {
    return Batches.run(
        transport,
        toPut,
        (prefix, present) -> Addresses.replace(AddressSpec.of(device.get(), prefix)),
        toRemove,
        (prefix, present) -> Addresses.delete(device.get(), prefix));
  }
}
