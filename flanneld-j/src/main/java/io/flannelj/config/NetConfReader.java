package io.flannelj.config;

import io.flannelj.backend.vxlan.VxlanSettings;
import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonException;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
import java.util.Locale;

/**
 * Reads and validates net-conf.json as flannel 0.28 does for etcd, and more: every refusal names
 * key, value and remedy. Keys match case-insensitively; unknown ones are ignored, as in flannel.
 */
public final class NetConfReader {
  // The kernel takes 16777215, but the device's name, flannel.VNI, has 15 characters at most.
  private static final int MOST_VNI = 9_999_999;

  private final JsonObject object;

  private NetConfReader(JsonObject object) {
    this.object = object;
  }

  /**
   * Reads the text.
   *
   * @throws ConfigException if it is not usable
   */
  public static NetConf read(String text) {
    try {
      if (!(Json.parse(text) instanceof JsonObject object)) {
        throw new ConfigException("net-conf.json is not a JSON object");
      }
      return new NetConfReader(object).read();
    } catch (JsonException e) {
      throw new ConfigException("net-conf.json: " + e.getMessage());
    }
  }

  private NetConf read() {
    refuseOtherFamilies();
    String text = object.textOrEmpty("Network");
    if (text.isEmpty()) {
      throw new ConfigException(
          "net-conf.json: Network is missing; set the pods' network, such as \"10.244.0.0/16\"");
    }
    IpPrefix network = prefix("Network", text).masked();
    if (network.length() > 28) {
      throw new ConfigException(
          "net-conf.json: Network "
              + network
              + " is too small: it must hold four subnets of four addresses, so be /28 or larger");
    }
    int length = subnetLength(network);
    Ipv4Address min = bound("SubnetMin", network, length, second(network, length));
    Ipv4Address max = bound("SubnetMax", network, length, last(network, length));
    if (min.compareTo(max) > 0) {
      throw new ConfigException(
          "net-conf.json: SubnetMin " + min + " is above SubnetMax " + max + "; exchange them");
    }
    VxlanSettings vxlan = backend();
    return new NetConf(network, length, min, max, vxlan);
  }

  private void refuseOtherFamilies() {
    boolean ipv4 = object.bool("EnableIPv4").orElse(true);
    boolean ipv6 = object.bool("EnableIPv6").orElse(false);
    if (ipv6) {
      throw new ConfigException(
          "net-conf.json: EnableIPv6 true is not supported yet; set it to false");
    }
    if (!ipv4) {
      throw new ConfigException(
          "net-conf.json: EnableIPv4 false leaves no address family; set it to true");
    }
  }

  private int subnetLength(IpPrefix network) {
    long given = object.integer("SubnetLen", 0, 128).orElse(0L);
    if (given == 0) {
      return network.length() <= 22 ? 24 : network.length() + 2;
    }
    if (given > 30) {
      throw new ConfigException(
          "net-conf.json: SubnetLen " + given + " leaves no pod addresses; use 30 or less");
    }
    if (given < network.length() + 2) {
      throw new ConfigException(
          "net-conf.json: SubnetLen "
              + given
              + " is too short for Network "
              + network
              + ": it must hold four subnets, so be at least "
              + (network.length() + 2));
    }
    return (int) given;
  }

  private static Ipv4Address second(IpPrefix network, int length) {
    return (Ipv4Address) network.address().plus(1L << (32 - length));
  }

  private static Ipv4Address last(IpPrefix network, int length) {
    return (Ipv4Address) network.last().mask(length);
  }

  private Ipv4Address bound(String key, IpPrefix network, int length, Ipv4Address standard) {
    String text = object.textOrEmpty(key);
    if (text.isEmpty()) {
      return standard;
    }
    Ipv4Address address;
    try {
      address = Ipv4Address.parse(text);
    } catch (IllegalArgumentException e) {
      throw new ConfigException("net-conf.json: " + key + ": " + e.getMessage());
    }
    if (!network.contains(address)) {
      throw new ConfigException(
          "net-conf.json: " + key + " " + address + " is not within Network " + network);
    }
    if (!address.mask(length).equals(address)) {
      throw new ConfigException(
          "net-conf.json: "
              + key
              + " "
              + address
              + " is not the beginning of a /"
              + length
              + "; did you mean "
              + address.mask(length)
              + "?");
    }
    return address;
  }

  private VxlanSettings backend() {
    JsonObject backend = object.object("Backend").orElse(JsonObject.EMPTY);
    String type = backend.text("Type").orElse("vxlan").toLowerCase(Locale.ROOT);
    if (!type.equals("vxlan")) {
      throw new ConfigException(
          "net-conf.json: Backend Type \"" + type + "\" is not supported yet; use \"vxlan\"");
    }
    if (backend.bool("GBP").orElse(false)) {
      throw new ConfigException(
          "net-conf.json: Backend GBP true is not supported yet; leave it out");
    }
    VxlanSettings standard = VxlanSettings.DEFAULT;
    long port = number(backend, "Port", 0, 65535, 0);
    return new VxlanSettings(
        number(backend, "VNI", 1, MOST_VNI, standard.vni()),
        port == 0 ? standard.port() : (int) port,
        number(backend, "MTU", 0, 65535, standard.mtu()),
        backend.bool("Learning").orElse(false),
        backend.bool("DirectRouting").orElse(false));
  }

  private static int number(JsonObject backend, String key, long least, long most, int standard) {
    long value = backend.integer(key, Long.MIN_VALUE, Long.MAX_VALUE).orElse((long) standard);
    if (value < least || value > most) {
      throw new ConfigException(
          "net-conf.json: Backend " + key + " " + value + " is not within " + least + ".." + most);
    }
    if (key.equals("MTU") && value != 0 && value < 68 + VxlanSettings.OVERHEAD_IPV4) {
      throw new ConfigException(
          "net-conf.json: Backend MTU "
              + value
              + " is too small: less the 50 bytes of the tunnel it must be at least 68");
    }
    return (int) value;
  }

  private static IpPrefix prefix(String key, String text) {
    try {
      IpPrefix prefix = IpPrefix.parse(text);
      if (!prefix.isIpv4()) {
        throw new ConfigException(
            "net-conf.json: "
                + key
                + " "
                + text
                + " is IPv6; it takes an IPv4 network such as \"10.244.0.0/16\"");
      }
      return prefix;
    } catch (IllegalArgumentException e) {
      throw new ConfigException("net-conf.json: " + key + ": " + e.getMessage());
    }
  }
}
