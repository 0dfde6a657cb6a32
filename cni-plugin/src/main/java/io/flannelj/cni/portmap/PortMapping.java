package io.flannelj.cni.portmap;

import io.flannelj.cni.CniError;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.net.IpAddress;
import io.flannelj.net.Ipv4Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One item of {@code runtimeConfig.portMappings}.
 *
 * @param protocol of the port
 * @param hostPort on the node, 1 to 65535
 * @param containerPort in the pod, 1 to 65535
 * @param hostIp the only address of the node that is mapped; empty: all of them
 */
record PortMapping(
    Protocol protocol, int hostPort, int containerPort, Optional<Ipv4Address> hostIp) {
  private static final int LAST_PORT = 65535;

  /** A transport protocol with its number in IP's header. */
  enum Protocol {
    TCP(6),
    UDP(17),
    SCTP(132);

    private final int number;

    Protocol(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }

    static Protocol of(String word) {
      for (Protocol protocol : values()) {
        if (protocol.toString().equals(word.toLowerCase(Locale.ROOT))) {
          return protocol;
        }
      }
      throw new CniError(
          CniError.INVALID_CONFIG,
          "invalid protocol \"" + word + "\" of a port mapping",
          "it must be tcp, udp or sctp");
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Reads the list. Mappings of IPv6 addresses of the node are left out, as the reference leaves
   * them out for an IPv4 pod.
   *
   * @throws CniError code 7 for one that is invalid, in the reference's words where it has any
   */
  static List<PortMapping> list(JsonObject runtimeConfig) {
    List<PortMapping> mappings = new ArrayList<>();
    for (JsonObject item : runtimeConfig.objects("portMappings")) {
      int containerPort = port(item, "containerPort", "Invalid container port number: ");
      int hostPort = port(item, "hostPort", "Invalid host port number: ");
      Protocol protocol = Protocol.of(item.textOrEmpty("protocol"));
      String hostIp = item.textOrEmpty("hostIP");
      if (hostIp.isEmpty()) {
        mappings.add(new PortMapping(protocol, hostPort, containerPort, Optional.empty()));
      } else if (address(hostIp) instanceof Ipv4Address address) {
        mappings.add(
            new PortMapping(
                protocol,
                hostPort,
                containerPort,
                address.isUnspecified() ? Optional.empty() : Optional.of(address)));
      }
    }
    return mappings;
  }

  private static int port(JsonObject item, String key, String problem) {
    int port = item.integer(key).orElse(0);
    if (port <= 0 || port > LAST_PORT) {
      throw new CniError(CniError.INVALID_CONFIG, problem + port);
    }
    return port;
  }

  private static IpAddress address(String text) {
    try {
      return IpAddress.parse(text);
    } catch (IllegalArgumentException e) {
      throw new CniError(
          CniError.INVALID_CONFIG, "Invalid hostIP of a port mapping: " + e.getMessage());
    }
  }

  /** {@code tcp 192.0.2.1:8080}, without address for all. */
  @Override
  public String toString() {
    return protocol + " " + hostIp.map(Ipv4Address::toString).orElse("") + ":" + hostPort;
  }
}
