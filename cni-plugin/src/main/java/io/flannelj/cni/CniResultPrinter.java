package io.flannelj.cni;

import io.flannelj.cni.CniResult.Dns;
import io.flannelj.cni.CniResult.Interface;
import io.flannelj.cni.CniResult.Ip;
import io.flannelj.cni.CniResult.Route;
import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonArray;
import io.flannelj.cni.json.JsonNumber;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.cni.json.JsonString;
import io.flannelj.net.IpAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Prints results of all versions. */
final class CniResultPrinter {
  private CniResultPrinter() {}

  static JsonObject print(CniResult result, CniVersion version) {
    Map<String, Json> json = new LinkedHashMap<>();
    json.put("cniVersion", new JsonString(version.toString()));
    int shape = CniResultReader.shape(version);
    if (shape == 0) {
      putFamilies(json, result);
    } else {
      putLists(json, result, shape == 1);
    }
    // An empty one is printed by the old shapes: their readers may index into it.
    if (shape < 2 || !result.dns().isEmpty()) {
      json.put("dns", dns(result.dns()));
    }
    return new JsonObject(json);
  }

  private static void putFamilies(Map<String, Json> json, CniResult result) {
    for (boolean ipv4 : new boolean[] {true, false}) {
      for (Ip ip : result.ips()) {
        if (ip.address().isIpv4() == ipv4) {
          json.put(ipv4 ? "ip4" : "ip6", family(ip, result.routes()));
          break;
        }
      }
    }
    if (json.size() == 1) {
      throw new CniError(CniError.INTERNAL, "cannot convert: no valid IP addresses");
    }
  }

  private static JsonObject family(Ip ip, List<Route> all) {
    Map<String, Json> json = new LinkedHashMap<>();
    json.put("ip", new JsonString(ip.address().toString()));
    putAddress(json, "gateway", ip.gateway());
    List<Json> routes = new ArrayList<>();
    for (Route route : all) {
      if (route.dst().isIpv4() == ip.address().isIpv4()) {
        routes.add(route(Route.of(route.dst(), route.gw())));
      }
    }
    if (!routes.isEmpty()) {
      json.put("routes", new JsonArray(routes));
    }
    return new JsonObject(json);
  }

  private static void putLists(Map<String, Json> json, CniResult result, boolean old) {
    List<Json> items = new ArrayList<>();
    for (Interface item : result.interfaces()) {
      items.add(interfaceJson(item, old));
    }
    putArray(json, "interfaces", items);
    items = new ArrayList<>();
    for (Ip item : result.ips()) {
      items.add(ip(item, old));
    }
    putArray(json, "ips", items);
    items = new ArrayList<>();
    for (Route item : result.routes()) {
      items.add(route(item));
    }
    putArray(json, "routes", items);
  }

  private static JsonObject interfaceJson(Interface item, boolean old) {
    Map<String, Json> json = new LinkedHashMap<>();
    json.put("name", new JsonString(item.name()));
    putText(json, "mac", item.mac());
    if (!old) {
      putNumber(json, "mtu", item.mtu());
    }
    putText(json, "sandbox", item.sandbox());
    if (!old) {
      putText(json, "socketPath", item.socketPath());
      putText(json, "pciID", item.pciId());
    }
    return new JsonObject(json);
  }

  private static JsonObject ip(Ip item, boolean old) {
    Map<String, Json> json = new LinkedHashMap<>();
    if (old) {
      json.put("version", new JsonString(item.address().isIpv4() ? "4" : "6"));
    }
    putOptional(json, "interface", item.interfaceIndex());
    json.put("address", new JsonString(item.address().toString()));
    putAddress(json, "gateway", item.gateway());
    return new JsonObject(json);
  }

  static JsonObject route(Route item) {
    Map<String, Json> json = new LinkedHashMap<>();
    json.put("dst", new JsonString(item.dst().toString()));
    putAddress(json, "gw", item.gw());
    putNumber(json, "mtu", item.mtu());
    putNumber(json, "advmss", item.advmss());
    putNumber(json, "priority", item.priority());
    putOptional(json, "table", item.table());
    putOptional(json, "scope", item.scope());
    return new JsonObject(json);
  }

  private static JsonObject dns(Dns dns) {
    Map<String, Json> json = new LinkedHashMap<>();
    putArray(json, "nameservers", JsonArray.ofStrings(dns.nameservers()).items());
    putText(json, "domain", dns.domain());
    putArray(json, "search", JsonArray.ofStrings(dns.search()).items());
    putArray(json, "options", JsonArray.ofStrings(dns.options()).items());
    return new JsonObject(json);
  }

  private static void putText(Map<String, Json> json, String key, String value) {
    if (!value.isEmpty()) {
      json.put(key, new JsonString(value));
    }
  }

  private static void putNumber(Map<String, Json> json, String key, int value) {
    if (value != 0) {
      json.put(key, JsonNumber.of(value));
    }
  }

  private static void putOptional(Map<String, Json> json, String key, OptionalInt value) {
    if (value.isPresent()) {
      json.put(key, JsonNumber.of(value.getAsInt()));
    }
  }

  private static void putAddress(Map<String, Json> json, String key, Optional<IpAddress> value) {
    if (value.isPresent()) {
      json.put(key, new JsonString(value.get().toString()));
    }
  }

  private static void putArray(Map<String, Json> json, String key, List<Json> items) {
    if (!items.isEmpty()) {
      json.put(key, new JsonArray(items));
    }
  }
}
