package io.flannelj.store.kubernetes;

import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.lease.Lease;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.store.LeaseRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** flannel's annotations on a node, and the lease that they are. Keys without their prefix. */
final class NodeLease {
  private static final String MANAGED = "kube-subnet-manager";
  private static final String TYPE = "backend-type";

  private NodeLease() {}

  /** Whether flannel runs there, of either kind. */
  static boolean isManaged(KubeNode node) {
    return node.annotation(MANAGED).equals("true");
  }

  /**
   * The lease of a node.
   *
   * @return empty if it has no subnet yet, or is none of flannel's
   * @throws IllegalArgumentException naming what cannot be read
   */
  static Optional<Lease> read(KubeNode node) {
    if (!isManaged(node)) {
      return Optional.empty();
    }
    List<Lease> halves = new ArrayList<>();
    for (IpPrefix subnet : subnets(node)) {
      String address = node.annotation(key("public-ip", subnet));
      // A node that announces one family of two is reached by that one.
      if (!address.isEmpty()) {
        halves.add(half(node, subnet, address));
      }
    }
    return switch (halves.size()) {
      case 0 -> Optional.empty();
      case 1 -> Optional.of(halves.get(0));
      default -> Optional.of(halves.get(0).withIpv6(halves.get(1)));
    };
  }

  /** A node's pod CIDRs, IPv4 first. */
  static List<IpPrefix> subnets(KubeNode node) {
    List<IpPrefix> subnets = new ArrayList<>();
    for (String text : node.podCidrs()) {
      subnets.add(IpPrefix.parse(text));
    }
    subnets.sort((one, other) -> Boolean.compare(other.isIpv4(), one.isIpv4()));
    if (subnets.size() > 2
        || (subnets.size() == 2 && subnets.get(0).isIpv4() == subnets.get(1).isIpv4())) {
      throw new IllegalArgumentException(
          "podCIDRs " + node.podCidrs() + " are not one of each family");
    }
    return subnets;
  }

  private static String key(String ipv4, IpPrefix subnet) {
    return subnet.isIpv4() ? ipv4 : ipv4.equals("public-ip") ? "public-ipv6" : "backend-v6-data";
  }

  private static Lease half(KubeNode node, IpPrefix subnet, String address) {
    IpAddress publicIp = named(key("public-ip", subnet), () -> IpAddress.parse(address));
    String data = key("backend-data", subnet);
    return named(
        data,
        () -> {
          JsonObject object = object(node.annotation(data));
          return new Lease(
              node.name(),
              subnet,
              publicIp,
              node.annotation(TYPE),
              object.integer("VNI").orElse(0),
              object.text("VtepMAC").map(MacAddress::parse),
              Lease.UNTIL_REMOVED);
        });
  }

  /** Other backends write null. */
  private static JsonObject object(String text) {
    return !text.isEmpty() && Json.parse(text) instanceof JsonObject object
        ? object
        : JsonObject.EMPTY;
  }

  private static <T> T named(String annotation, Supplier<T> reading) {
    try {
      return reading.get();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("annotation " + annotation + ": " + e.getMessage(), e);
    }
  }

  /** What is announced of the families that our node does not have, or not any more. */
  static List<String> withdrawn(LeaseRequest request, KubeNode node) {
    List<String> keys =
        new ArrayList<>(List.of("public-ip", "backend-data", "public-ipv6", "backend-v6-data"));
    keys.removeAll(announce(request, node).keySet());
    keys.retainAll(node.annotations().keySet());
    return keys;
  }

  /** What our node has to announce. */
  static Map<String, String> announce(LeaseRequest request, KubeNode node) {
    Map<String, String> wanted = new LinkedHashMap<>();
    wanted.put(MANAGED, "true");
    wanted.put(TYPE, "vxlan");
    for (LeaseRequest.Half half : request.halves()) {
      boolean ipv4 = half.pool().family() == AddressFamily.IPV4;
      wanted.put(
          ipv4 ? "backend-data" : "backend-v6-data",
          "{\"VNI\":" + request.vni() + ",\"VtepMAC\":\"" + half.vtepMac() + "\"}");
      String name = ipv4 ? "public-ip" : "public-ipv6";
      // The address by which others reach us where a NAT is between.
      String overwrite = node.annotation(name + "-overwrite");
      wanted.put(name, overwrite.isEmpty() ? half.publicIp().toString() : overwrite);
    }
    return wanted;
  }
}
