package io.flannelj.config;

import io.flannelj.backend.vxlan.VxlanSettings;
import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonException;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.net.AddressFamily;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads and validates net-conf.json as flannel 0.28 does for etcd, and more: every refusal names
 * key, value and remedy. Keys match case-insensitively; unknown ones are ignored, as in flannel.
 */
public final class NetConfReader {
  // The kernel takes 16777215, but the device's name, flannel.VNI, has 15 characters at most.
  private static final int MOST_VNI = 9_999_999;
  // The same for flannel-v6.VNI.
  private static final int MOST_VNI_IPV6 = 9_999;

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
    boolean ipv4 = object.bool("EnableIPv4").orElse(true);
    boolean ipv6 = object.bool("EnableIPv6").orElse(false);
    if (!ipv4 && !ipv6) {
      throw new ConfigException(
          "net-conf.json: EnableIPv4 and EnableIPv6 are both false, which leaves no address family;"
              + " set one to true");
    }
    return new NetConf(
        pool(ipv4, AddressFamily.IPV4), pool(ipv6, AddressFamily.IPV6), backend(ipv6));
  }

  private Optional<SubnetPool> pool(boolean enabled, AddressFamily family) {
    return enabled ? Optional.of(new SubnetPoolReader(object, family).read()) : Optional.empty();
  }

  private VxlanSettings backend(boolean ipv6) {
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
    int mtu = number(backend, "MTU", 0, 65535, standard.mtu());
    refuseSmallMtu(mtu, ipv6 ? AddressFamily.IPV6 : AddressFamily.IPV4);
    return new VxlanSettings(
        number(backend, "VNI", 1, ipv6 ? MOST_VNI_IPV6 : MOST_VNI, standard.vni()),
        port == 0 ? standard.port() : (int) port,
        mtu,
        backend.bool("Learning").orElse(false),
        backend.bool("DirectRouting").orElse(false));
  }

  private static int number(JsonObject backend, String key, long least, long most, int standard) {
    long value = backend.integer(key, Long.MIN_VALUE, Long.MAX_VALUE).orElse((long) standard);
    if (value < least || value > most) {
      throw new ConfigException(
          "net-conf.json: Backend " + key + " " + value + " is not within " + least + ".." + most);
    }
    return (int) value;
  }

  /** Each family has a least MTU: 68 bytes (RFC 791), 1280 bytes (RFC 8200). */
  private static void refuseSmallMtu(int mtu, AddressFamily family) {
    int least = VxlanSettings.leastMtu(family);
    int overhead = VxlanSettings.overhead(family);
    if (mtu != 0 && mtu < least + overhead) {
      throw new ConfigException(
          "net-conf.json: Backend MTU "
              + mtu
              + " is too small for "
              + family
              + ": less the "
              + overhead
              + " bytes of the tunnel it must be at least "
              + least);
    }
  }
}
