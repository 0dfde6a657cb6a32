package io.flannelj.config;

/**
 * What is done with pods' traffic.
 *
 * @param ipMasq whether traffic to the outside is masqueraded
 * @param fullyRandom whether masquerading chooses ports at random
 * @param forwardRules whether forwarded pod traffic is accepted
 * @param blackholeRoute whether traffic to addresses of our subnet that no pod has is dropped by a
 *     route, for Canal, where each pod has a route of its own
 */
public record TrafficOptions(
    boolean ipMasq, boolean fullyRandom, boolean forwardRules, boolean blackholeRoute) {}
