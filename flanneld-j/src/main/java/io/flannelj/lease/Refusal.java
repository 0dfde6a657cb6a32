package io.flannelj.lease;

import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpPrefix;

/**
 * A lease, or one half of it, that must not reach the kernel.
 *
 * @param lease the subnet that the whole lease is kept under in its snapshot: a node may have
 *     several leases, and two may claim one IPv6 subnet
 * @param family of the half
 * @param node who holds it
 * @param why the reason
 */
public record Refusal(IpPrefix lease, AddressFamily family, String node, String why) {}
