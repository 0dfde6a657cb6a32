package io.flannelj.cni;

import io.flannelj.cni.json.JsonObject;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What an ADD leaves, with all fields of specification 1.1.0.
 *
 * @param interfaces made or changed interfaces; empty in an IPAM plugin's result
 * @param ips addresses
 * @param routes routes
 * @param dns name resolution
 */
public record CniResult(List<Interface> interfaces, List<Ip> ips, List<Route> routes, Dns dns) {
  /** Without anything. */
  public static final CniResult EMPTY = new CniResult(List.of(), List.of(), List.of(), Dns.EMPTY);

  /** Copies the lists. */
  public CniResult {
    interfaces = List.copyOf(interfaces);
    ips = List.copyOf(ips);
    routes = List.copyOf(routes);
  }

  /**
   * Reads a result.
   *
   * @param json the object
   * @param expected the configuration's version; a result without one is of this version
   * @throws IllegalArgumentException naming the key, if it is malformed or of a version with
   *     another shape
   */
  public static CniResult parse(JsonObject json, CniVersion expected) {
    return CniResultReader.read(json, expected);
  }

  /**
   * The JSON of a version. What the version cannot express is left out, as the specification's
   * library does.
   *
   * @throws CniError if it needs an address and there is none (0.1.0, 0.2.0)
   */
  public JsonObject toJson(CniVersion version) {
    return CniResultPrinter.print(this, version);
  }

  /**
   * The list {@code routes} of an IPAM configuration.
   *
   * @throws IllegalArgumentException naming the key, if it is malformed
   */
  public static List<Route> routes(JsonObject json) {
    return CniResultReader.routes(json);
  }

  /** The same with other interfaces. */
  public CniResult withInterfaces(List<Interface> others) {
    return new CniResult(others, ips, routes, dns);
  }

  /** The same with every address on one interface. */
  public CniResult withIpsOn(int index) {
    List<Ip> placed = new ArrayList<>(ips.size());
    for (Ip ip : ips) {
      placed.add(new Ip(OptionalInt.of(index), ip.address(), ip.gateway()));
    }
    return new CniResult(interfaces, placed, routes, dns);
  }

  /**
   * An interface.
   *
   * @param name its name
   * @param mac its address in colon form, empty for none
   * @param mtu bytes, 0 if not told
   * @param sandbox the namespace's path, empty for the host
   * @param socketPath of a vhost-user interface, empty for none
   * @param pciId of a PCI device, empty for none
   */
  public record Interface(
      String name, String mac, int mtu, String sandbox, String socketPath, String pciId) {

    /** An ordinary interface. */
    public static Interface of(String name, String mac, String sandbox) {
      return new Interface(name, mac, 0, sandbox, "", "");
    }
  }

  /**
   * An address.
   *
   * @param interfaceIndex position in {@link CniResult#interfaces()}; absent: not known
   * @param address with the prefix length of its network, host bits kept
   * @param gateway next hop of the network
   */
  public record Ip(OptionalInt interfaceIndex, IpPrefix address, Optional<IpAddress> gateway) {}

  /**
   * A route.
   *
   * @param dst destination
   * @param gw next hop; absent: the gateway of the address's network
   * @param mtu bytes, 0 if not told
   * @param advmss bytes, 0 if not told
   * @param priority metric, 0 if not told
   * @param table routing table; absent: main
   * @param scope scope; absent: global
   */
  public record Route(
      IpPrefix dst,
      Optional<IpAddress> gw,
      int mtu,
      int advmss,
      int priority,
      OptionalInt table,
      OptionalInt scope) {

    /** A route without further attributes. */
    public static Route of(IpPrefix dst, Optional<IpAddress> gw) {
      return new Route(dst, gw, 0, 0, 0, OptionalInt.empty(), OptionalInt.empty());
    }

    /** As it stands in a result or an IPAM configuration. */
    public JsonObject toJson() {
      return CniResultPrinter.route(this);
    }
  }

  /**
   * Name resolution.
   *
   * @param nameservers addresses, most preferred first
   * @param domain local domain, empty for none
   * @param search search domains, most preferred first
   * @param options resolver options
   */
  public record Dns(
      List<String> nameservers, String domain, List<String> search, List<String> options) {
    /** Nothing told. */
    public static final Dns EMPTY = new Dns(List.of(), "", List.of(), List.of());

    /** Copies the lists. */
    public Dns {
      nameservers = List.copyOf(nameservers);
      search = List.copyOf(search);
      options = List.copyOf(options);
    }

    /** Whether nothing is told. */
    public boolean isEmpty() {
      return equals(EMPTY);
    }

    /** Reads the object of a configuration or a result. */
    public static Dns of(JsonObject json) {
      return new Dns(
          json.texts("nameservers"),
          json.textOrEmpty("domain"),
          json.texts("search"),
          json.texts("options"));
    }
  }
}
