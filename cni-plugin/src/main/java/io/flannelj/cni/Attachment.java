package io.flannelj.cni;

/**
 * One interface of one container in one network.
 *
 * @param network the network's name
 * @param containerId the runtime's ID of the container
 * @param ifName name of the interface inside the container, {@code eth0}
 */
public record Attachment(String network, String containerId, String ifName) {
  @Override
  public String toString() {
    return network + "/" + containerId + "/" + ifName;
  }
}
