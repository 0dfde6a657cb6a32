package io.flannelj.config;

/**
 * What the command line and the environment say.
 *
 * @param nodeName this node's name in the store
 * @param store where leases are kept
 * @param interfaces which interface carries the tunnel
 * @param traffic what is done with pods' traffic
 * @param netConfPath net-conf.json
 * @param subnetFile subnet.env
 * @param stateDir what must survive a restart, but not a reboot
 * @param cniSocket socket of the CNI launchers
 * @param cniConf where the CNI configuration is put once the network is there, empty: nowhere
 * @param healthzIp address of the health port
 * @param healthzPort 0: none
 * @param auditSeconds how often everything is compared without cause
 * @param renewMarginMinutes how long before its end a lease is renewed
 */
public record Options(
    String nodeName,
    StoreOptions store,
    InterfaceOptions interfaces,
    TrafficOptions traffic,
    String netConfPath,
    String subnetFile,
    String stateDir,
    String cniSocket,
    String cniConf,
    String healthzIp,
    int healthzPort,
    int auditSeconds,
    int renewMarginMinutes) {
  /** The same under another name. */
  public Options withNodeName(String name) {
    return new Options(
        name,
        store,
        interfaces,
        traffic,
        netConfPath,
        subnetFile,
        stateDir,
        cniSocket,
        cniConf,
        healthzIp,
        healthzPort,
        auditSeconds,
        renewMarginMinutes);
  }
}
