package io.flannelj.backend.vxlan;

import io.flannelj.lease.Lease;
import io.flannelj.lease.Refusal;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpPrefix;

/**
 * Where a lease leads.
 *
 * @param path the way, if any
 * @param key what the lease is kept under in its snapshot
 * @param half the lease's half of the family planned for; the whole lease if there is none
 * @param why it is refused, else empty
 */
record PeerVerdict(Path path, IpPrefix key, Lease half, String why) {
  enum Path {
    /** None of our business: our own, or of another family. */
    IGNORED,
    /** It must not reach the kernel. */
    REFUSED,
    /** Its node is a neighbour on the underlay. */
    DIRECT,
    TUNNEL
  }

  PeerVerdict refused(String reason) {
    return new PeerVerdict(Path.REFUSED, key, half, reason);
  }

  Refusal refusal() {
    return new Refusal(key, AddressFamily.of(half.subnet()), half.node(), why);
  }

  boolean isAdmitted() {
    return path == Path.DIRECT || path == Path.TUNNEL;
  }
}
