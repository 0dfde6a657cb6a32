package io.flannelj.config;

import io.flannelj.cni.json.JsonObject;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;

/**
 * Reads one family's part of net-conf.json: flannel's rules for Network, SubnetLen, SubnetMin and
 * SubnetMax, or for the same keys with IPv6 before them.
 */
final class SubnetPoolReader {
  private final JsonObject object;
  private final AddressFamily family;
  private final String prefix;

  SubnetPoolReader(JsonObject object, AddressFamily family) {
    this.object = object;
    this.family = family;
    this.prefix = family == AddressFamily.IPV4 ? "" : "IPv6";
  }

  SubnetPool read() {
    String key = prefix + "Network";
    String text = object.textOrEmpty(key);
    if (text.isEmpty()) {
      throw refusal(key + " is missing; set the pods' network, such as \"" + example() + "\"");
    }
    IpPrefix network = network(key, text);
    int longest = family.bitLength() - 4;
    if (network.length() > longest) {
      throw refusal(
          key
              + " "
              + network
              + " is too small: it must hold four subnets of four addresses, so be /"
              + longest
              + " or larger");
    }
    int length = subnetLength(network);
    IpAddress second = SubnetPool.after(network.address(), length);
    IpAddress min = bound(prefix + "SubnetMin", network, length, second);
    IpAddress max = bound(prefix + "SubnetMax", network, length, network.last().mask(length));
    if (SubnetPool.compare(min, max) > 0) {
      throw refusal(
          prefix
              + "SubnetMin "
              + min
              + " is above "
              + prefix
              + "SubnetMax "
              + max
              + "; exchange them");
    }
    return new SubnetPool(network, length, min, max);
  }

  private String example() {
    return family == AddressFamily.IPV4 ? "10.244.0.0/16" : "fd00:10:244::/48";
  }

  private IpPrefix network(String key, String text) {
    IpPrefix network;
    try {
      network = IpPrefix.parse(text).masked();
    } catch (IllegalArgumentException e) {
      throw refusal(key + ": " + e.getMessage());
    }
    AddressFamily given = AddressFamily.of(network);
    if (given != family) {
      throw refusal(
          key
              + " "
              + text
              + " is "
              + given
              + "; it takes an "
              + family
              + " network such as \""
              + example()
              + "\"");
    }
    if (network.address().isMulticast() || network.address().isLinkLocal()) {
      throw refusal(key + " " + network + " is no network for pods; take another");
    }
    return network;
  }

  private int subnetLength(IpPrefix network) {
    String key = prefix + "SubnetLen";
    int most = family.bitLength() - 2;
    int standard = family == AddressFamily.IPV4 ? 24 : 64;
    long given = object.integer(key, 0, 128).orElse(0L);
    if (given == 0) {
      return network.length() <= standard - 2 ? standard : network.length() + 2;
    }
    if (given > most) {
      throw refusal(key + " " + given + " leaves no pod addresses; use " + most + " or less");
    }
    if (given < network.length() + 2) {
      throw refusal(
          key
              + " "
              + given
              + " is too short for "
              + prefix
              + "Network "
              + network
              + ": it must hold four subnets, so be at least "
              + (network.length() + 2));
    }
    return (int) given;
  }

  private IpAddress bound(String key, IpPrefix network, int length, IpAddress standard) {
    String text = object.textOrEmpty(key);
    if (text.isEmpty()) {
      return standard;
    }
    IpAddress address;
    try {
      address = IpAddress.parse(text);
    } catch (IllegalArgumentException e) {
      throw refusal(key + ": " + e.getMessage());
    }
    if (!network.contains(address)) {
      throw refusal(key + " " + address + " is not within " + prefix + "Network " + network);
    }
    if (!address.mask(length).equals(address)) {
      throw refusal(
          key
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

  private static ConfigException refusal(String text) {
    return new ConfigException("net-conf.json: " + text);
  }
}
