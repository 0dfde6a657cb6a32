package io.flannelj.cni;

import io.flannelj.cni.CniResult.Dns;
import io.flannelj.cni.CniResult.Interface;
import io.flannelj.cni.CniResult.Ip;
import io.flannelj.cni.CniResult.Route;
import io.flannelj.cni.json.JsonException;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads results of all versions. */
final class CniResultReader {
  private CniResultReader() {}

  static CniResult read(JsonObject json, CniVersion expected) {
    String text = json.textOrEmpty("cniVersion");
    CniVersion version = expected;
    if (!text.isEmpty()) {
      version = known(text);
      if (shape(version) != shape(expected)) {
        throw new IllegalArgumentException(
            "no converter for CNI result version " + text + " to " + expected);
      }
    }
    return shape(version) == 0 ? readFamilies(json) : readLists(json);
  }

  private static CniVersion known(String text) {
    for (CniVersion version : CniVersion.ALL) {
      if (version.toString().equals(text)) {
        return version;
      }
    }
    throw new IllegalArgumentException("unsupported CNI result version \"" + text + "\"");
  }

  /** Versions of one shape are read as each other: 0.1-0.2, 0.3-0.4, 1.x. */
  static int shape(CniVersion version) {
    if (version.isAtLeast(CniVersion.V1_0_0)) {
      return 2;
    }
    return version.isAtLeast(CniVersion.V0_3_0) ? 1 : 0;
  }

  private static CniResult readFamilies(JsonObject json) {
    List<Ip> ips = new ArrayList<>();
    List<Route> routes = new ArrayList<>();
    for (String key : new String[] {"ip4", "ip6"}) {
      Optional<JsonObject> family = json.object(key);
      if (family.isPresent()) {
        ips.add(
            new Ip(
                OptionalInt.empty(), prefix(family.get(), "ip"), address(family.get(), "gateway")));
        routes.addAll(routes(family.get()));
      }
    }
    return new CniResult(List.of(), ips, routes, dns(json));
  }

  private static CniResult readLists(JsonObject json) {
    List<Interface> interfaces = new ArrayList<>();
    for (JsonObject item : json.objects("interfaces")) {
      interfaces.add(
          new Interface(
              item.textOrEmpty("name"),
              item.textOrEmpty("mac"),
              item.integer("mtu").orElse(0),
              item.textOrEmpty("sandbox"),
              item.textOrEmpty("socketPath"),
              item.textOrEmpty("pciID")));
    }
    List<Ip> ips = new ArrayList<>();
    for (JsonObject item : json.objects("ips")) {
      ips.add(
          new Ip(optional(item, "interface"), prefix(item, "address"), address(item, "gateway")));
    }
    return new CniResult(interfaces, ips, routes(json), dns(json));
  }

  /** The list {@code routes} of a result or of an IPAM configuration. */
  static List<Route> routes(JsonObject json) {
    List<Route> routes = new ArrayList<>();
    for (JsonObject item : json.objects("routes")) {
      routes.add(
          new Route(
              prefix(item, "dst"),
              address(item, "gw"),
              item.integer("mtu").orElse(0),
              item.integer("advmss").orElse(0),
              item.integer("priority").orElse(0),
              optional(item, "table"),
              optional(item, "scope")));
    }
    return routes;
  }

  private static Dns dns(JsonObject json) {
    Optional<JsonObject> dns = json.object("dns");
    return dns.isPresent() ? Dns.of(dns.get()) : Dns.EMPTY;
  }

  private static OptionalInt optional(JsonObject json, String key) {
    Optional<Integer> value = json.integer(key);
    return value.isPresent() ? OptionalInt.of(value.get()) : OptionalInt.empty();
  }

  private static IpPrefix prefix(JsonObject json, String key) {
    String text = json.textOrEmpty(key);
    try {
      return IpPrefix.parse(text);
    } catch (JsonException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new JsonException("key \"" + key + "\": " + e.getMessage());
    }
  }

  private static Optional<IpAddress> address(JsonObject json, String key) {
    String text = json.textOrEmpty(key);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(IpAddress.parse(text));
    } catch (IllegalArgumentException e) {
      throw new JsonException("key \"" + key + "\": " + e.getMessage());
    }
  }
}
