package io.flannelj.desired;

import io.flannelj.net.IpPrefix;

/**
 * What nftables has to do for pods.
 *
 * @param network the cluster's network
 * @param subnet this node's pods
 * @param masquerade whether traffic to the outside gets the node's address
 * @param fullyRandom whether masquerading chooses source ports at random
 * @param forward whether forwarded pod traffic is accepted
 */
public record TrafficRules(
    IpPrefix network, IpPrefix subnet, boolean masquerade, boolean fullyRandom, boolean forward) {}
