package io.flannelj.cni.pod;

import io.flannelj.net.MacAddress;

/**
 * An attached pod.
 *
 * @param hostName name of the host's end
 * @param hostIndex interface index of the host's end
 * @param hostMac its MAC
 * @param podMac MAC of the pod's end
 */
public record PodPort(String hostName, int hostIndex, MacAddress hostMac, MacAddress podMac) {}
