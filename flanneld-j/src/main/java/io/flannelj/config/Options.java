package io.flannelj.config;

import io.flannelj.net.IpAddress;
import java.util.List;
import java.util.Optional;

/**
 * What the command line and the environment say.
 *
 * @param store name of the lease store
 * @param storeDir directory of the store {@code directory}
 * @param snapshotDir directory of the last good snapshot
 * @param nodeName this node's name in the store
 * @param netConfPath net-conf.json
 * @param subnetFile subnet.env
 * @param stateDir what must survive a reboot
 * @param cniSocket socket of the CNI launchers
 * @param ifaces names or addresses of the external interface, the first match wins
 * @param ifaceRegexes the same as regular expressions
 * @param ifaceCanReach an address that the external interface reaches
 * @param publicIp IPv4 address that other nodes send to
 * @param publicIpv6 IPv6 address that other nodes send to
 * @param ipMasq whether traffic to the outside is masqueraded
 * @param fullyRandom whether masquerading chooses ports at random
 * @param forwardRules whether forwarded pod traffic is accepted
 * @param healthzIp address of the health port
 * @param healthzPort 0: none
 * @param auditSeconds how often everything is compared without cause
 * @param renewMarginMinutes how long before its end a lease is renewed
 */
public record Options(
    String store,
    String storeDir,
    String snapshotDir,
    String nodeName,
    String netConfPath,
    String subnetFile,
    String stateDir,
    String cniSocket,
    List<String> ifaces,
    List<String> ifaceRegexes,
    Optional<IpAddress> ifaceCanReach,
    Optional<IpAddress> publicIp,
    Optional<IpAddress> publicIpv6,
    boolean ipMasq,
    boolean fullyRandom,
    boolean forwardRules,
    String healthzIp,
    int healthzPort,
    int auditSeconds,
    int renewMarginMinutes) {}
