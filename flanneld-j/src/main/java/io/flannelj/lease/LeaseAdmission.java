package io.flannelj.lease;

import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
import io.flannelj.net.MacAddress;
import java.util.Optional;

/**
 * Decides whether another node's lease may reach the kernel. A lease is written by whoever may
 * write to the store, so each field is checked against what it would do here.
 *
 * @param network the cluster's network
 * @param own our own subnet
 * @param vni our VXLAN network identifier
 * @param ownIp our own public address
 * @param ownMac MAC of our own VXLAN device
 */
public record LeaseAdmission(
    IpPrefix network, IpPrefix own, int vni, IpAddress ownIp, MacAddress ownMac) {
  private static final IpPrefix MAPPED = IpPrefix.parse("::ffff:0:0/96");

  /** Why the lease is refused; empty if it is admitted. */
  public Optional<String> refusal(Lease lease) {
    if (!lease.subnet().isMasked()) {
      return Optional.of("its subnet " + lease.subnet() + " has host bits set");
    }
    if (!network.contains(lease.subnet())) {
      return Optional.of("its subnet " + lease.subnet() + " is not within Network " + network);
    }
    if (lease.subnet().overlaps(own)) {
      return Optional.of("its subnet " + lease.subnet() + " overlaps our own " + own);
    }
    if (!lease.backendType().equals("vxlan")) {
      return Optional.of("its backend type is \"" + lease.backendType() + "\", ours is vxlan");
    }
    // flannel before 0.17 announced no VNI.
    if (lease.vni() != 0 && lease.vni() != vni) {
      return Optional.of("its VNI is " + lease.vni() + ", ours is " + vni);
    }
    if (lease.vtepMac().isEmpty() || !lease.vtepMac().get().isUnicast()) {
      return Optional.of(
          "its VtepMAC "
              + lease.vtepMac().map(MacAddress::toString).orElse("(none)")
              + " is no address of one device");
    }
    if (lease.vtepMac().get().equals(ownMac)) {
      return Optional.of("its VtepMAC " + ownMac + " is our own");
    }
    return publicIpRefusal(lease);
  }

  private Optional<String> publicIpRefusal(Lease lease) {
    boolean unusable =
        lease.publicIp().isUnspecified()
            || lease.publicIp().isMulticast()
            || lease.publicIp().isLoopback()
            || lease.publicIp().isIpv4() != network.isIpv4()
            || isReserved(lease.publicIp())
            || lease.publicIp().equals(ownIp);
    if (unusable) {
      return Optional.of("its PublicIP " + lease.publicIp() + " is no address of another node");
    }
    if (network.contains(lease.publicIp())) {
      return Optional.of(
          "its PublicIP " + lease.publicIp() + " lies within Network " + network + " itself");
    }
    return Optional.empty();
  }

  /**
   * 0.0.0.0/8 and 240.0.0.0/4 (RFC 1122, RFC 1112), the broadcast address among them; fe80::/10,
   * which says nothing without an interface, and the IPv4-mapped ::ffff:0:0/96.
   */
  private static boolean isReserved(IpAddress address) {
    if (address instanceof Ipv4Address ipv4) {
      return ipv4.bits() >>> 24 == 0 || ipv4.bits() >>> 28 == 0xf;
    }
    return address.isLinkLocal() || MAPPED.contains(address);
  }
}
