package io.flannelj.kernel;

import static io.flannelj.netlink.route.address.AddressConstants.IFA_F_NODAD;

import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.Rtnetlink;
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
    transport
        .dump(Addresses.list(Rtnetlink.family(AddressFamily.of(network.get())), device.get()))
        .stream()
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
        (prefix, present) -> Addresses.replace(spec(prefix)),
        toRemove,
        (prefix, present) -> Addresses.delete(device.get(), prefix));
  }

  /** Nobody answers on a VXLAN device, so detecting duplicates would only cost a second. */
  private AddressSpec spec(IpPrefix prefix) {
    AddressSpec spec = AddressSpec.of(device.get(), prefix);
    return prefix.isIpv4() ? spec : spec.withFlags(IFA_F_NODAD);
  }
}
