package io.flannelj.cni.portmap;

import io.flannelj.cni.CniError;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
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
 * @param hostIp the only address of the node that is mapped, unspecified: all of its family; empty:
 *     all of them
 */
record PortMapping(Protocol protocol, int hostPort, int containerPort, Optional<IpAddress> hostIp) {
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
   * Reads the list.
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
      mappings.add(
          new PortMapping(
              protocol,
              hostPort,
              containerPort,
              hostIp.isEmpty() ? Optional.empty() : Optional.of(address(hostIp))));
    }
    return mappings;
  }

  /** Whether it maps addresses of a family: as the reference, those of the other are left out. */
  boolean isOf(AddressFamily family) {
    return hostIp.isEmpty() || AddressFamily.of(hostIp.get()) == family;
  }

  /** The one address of the node that it is for; empty: all of a family. */
  Optional<IpAddress> onlyAddress() {
    return hostIp.filter(address -> !address.isUnspecified());
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

  /** {@code tcp 192.0.2.1:8080}, {@code tcp [2001:db8::1]:8080}, without address for all. */
  @Override
  public String toString() {
    String address =
        onlyAddress().map(ip -> ip.isIpv4() ? ip.toString() : "[" + ip + "]").orElse("");
    return protocol + " " + address + ":" + hostPort;
  }
}
