package io.flannelj.cni.flannel;

import io.flannelj.cni.CniError;
import io.flannelj.cni.CniResult;
import io.flannelj.cni.CniResult.Route;
import io.flannelj.cni.NetConf;
import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonArray;
import io.flannelj.cni.json.JsonBoolean;
import io.flannelj.cni.json.JsonNumber;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.cni.json.JsonString;
import io.flannelj.net.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The configuration that the delegate gets: byte for byte what the Go plugin makes of the same
 * input, since that plugin must be able to go on with it.
 */
final class DelegateConf {
  private static final String BAD_TYPE =
      "'delegate' dictionary, if present, must have (string) 'type' field";
  private static final String BAD_KEY =
      "'delegate' dictionary must not have '%' field, it'll be set by flannel";

  private DelegateConf() {}

  /**
   * Makes it.
   *
   * @param env what the daemon says; without it the delegate knows no ranges and routes, which is
   *     enough for a DEL
   * @throws CniError code 7 with the Go plugin's text
   */
  static JsonObject of(NetConf conf, Optional<SubnetEnv> env) {
    JsonObject given = conf.raw().object("delegate").orElse(JsonObject.EMPTY);
    check(given);
    Map<String, Json> delegate = GoMap.of(given);
    Optional<JsonObject> runtimeConfig = conf.raw().object("runtimeConfig");
    if (runtimeConfig.isPresent()) {
      delegate.put("runtimeConfig", GoMap.value(runtimeConfig.get()));
    }
    delegate.put("name", new JsonString(conf.name()));
    delegate.putIfAbsent("type", new JsonString("bridge"));
    if (env.isPresent()) {
      delegate.putIfAbsent("ipMasq", new JsonBoolean(!env.get().ipMasq()));
      delegate.putIfAbsent("mtu", JsonNumber.of(env.get().mtu()));
    }
    if (delegate.get("type") instanceof JsonString type && type.value().equals("bridge")) {
      delegate.putIfAbsent("isGateway", new JsonBoolean(true));
    }
    if (!conf.cniVersion().isEmpty()) {
      delegate.put("cniVersion", new JsonString(conf.cniVersion()));
    }
    delegate.put("ipam", ipam(conf, env));
    return new JsonObject(delegate);
  }

  private static void check(JsonObject given) {
    Json type = given.members().get("type");
    if (type != null && !(type instanceof JsonString)) {
      throw new CniError(CniError.INVALID_CONFIG, BAD_TYPE);
    }
    for (String key : new String[] {"name", "ipam"}) {
      if (given.members().containsKey(key)) {
        throw new CniError(CniError.INVALID_CONFIG, BAD_KEY.replace("%", key));
      }
    }
  }

  private static JsonObject ipam(NetConf conf, Optional<SubnetEnv> env) {
    Map<String, Json> ipam = GoMap.of(conf.ipam());
    ipam.putIfAbsent("type", new JsonString("host-local"));
    if (env.isEmpty()) {
      return new JsonObject(ipam);
    }
    List<Json> ranges = new ArrayList<>();
    addRange(ranges, env.get().subnet());
    addRange(ranges, env.get().ipv6Subnet());
    ipam.put("ranges", new JsonArray(ranges));
    List<Json> routes = new ArrayList<>();
    for (Route route : routes(conf)) {
      routes.add(route.toJson());
    }
    addRoutes(routes, env.get().networks());
    addRoutes(routes, env.get().ipv6Networks());
    ipam.put("routes", new JsonArray(routes));
    return new JsonObject(ipam);
  }

  private static List<Route> routes(NetConf conf) {
    try {
      return CniResult.routes(conf.ipam());
    } catch (IllegalArgumentException e) {
      throw new CniError(
          CniError.INVALID_CONFIG,
          "failed to assemble Delegate IPAM: failed to read IPAM routes:"
              + " failed to parse ipam.routes: "
              + e.getMessage(),
          e);
    }
  }

  private static void addRange(List<Json> ranges, Optional<IpPrefix> subnet) {
    if (subnet.isPresent()) {
      JsonObject range = new JsonObject(Map.of("subnet", new JsonString(subnet.get().toString())));
      ranges.add(new JsonArray(List.of(range)));
    }
  }

  private static void addRoutes(List<Json> routes, List<IpPrefix> networks) {
    for (IpPrefix network : networks) {
      routes.add(Route.of(network, Optional.empty()).toJson());
    }
  }
}
