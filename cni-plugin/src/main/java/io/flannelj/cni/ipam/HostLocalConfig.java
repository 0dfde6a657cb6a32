package io.flannelj.cni.ipam;

import io.flannelj.cni.CniArgs;
import io.flannelj.cni.CniError;
import io.flannelj.cni.CniResult;
import io.flannelj.cni.CniVersion;
import io.flannelj.cni.NetConf;
import io.flannelj.cni.PluginContext;
import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonArray;
import io.flannelj.cni.json.JsonNull;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.cni.json.JsonString;
import io.flannelj.net.IpAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * host-local's configuration, checked.
 *
 * @param directory where the records are
 * @param resolvConf path of a resolv.conf, empty for none
 * @param sets one address is given of each; the order numbers the files {@code last_reserved_ip.N}
 * @param routes copied to the result
 * @param requested addresses that the caller wants
 */
record HostLocalConfig(
    String directory,
    String resolvConf,
    List<RangeSet> sets,
    List<CniResult.Route> routes,
    List<IpAddress> requested) {

  private static final String DATA_DIR = "/var/lib/cni/networks";
  private static final List<String> KNOWN_ARGS = List.of("IP");
  private static final int LONGEST_QUOTE = 500;

  /**
   * Reads it.
   *
   * @throws CniError code 7 with the reference plugin's text; code 4 for CNI_ARGS
   */
  static HostLocalConfig of(PluginContext c) {
    NetConf conf = c.conf();
    if (!conf.raw().has("ipam")) {
      throw invalid("IPAM config missing 'ipam' key");
    }
    CniArgs args = CniArgs.parse(c.environment().args(), KNOWN_ARGS);
    List<IpAddress> requested = requested(args, conf);
    try {
      List<RangeSet> sets = sets(conf);
      checkSets(sets, conf);
      return new HostLocalConfig(
          directory(conf),
          conf.ipam().textOrEmpty("resolvConf"),
          sets,
          CniResult.routes(conf.ipam()),
          requested);
    } catch (IllegalArgumentException e) {
      throw new CniError(
          CniError.INVALID_CONFIG,
          e.getMessage() == null ? e.toString() : e.getMessage(),
          "ipam is " + shortened(conf.ipam().toCompactText()));
    }
  }

  private static String shortened(String text) {
    return text.length() <= LONGEST_QUOTE ? text : text.substring(0, LONGEST_QUOTE) + "...";
  }

  /** Where the records are; all that DEL needs, so it reads nothing else of the configuration. */
  static String directory(NetConf conf) {
    if (conf.ipam().find("dataDir").orElse(JsonNull.NULL) instanceof JsonString dataDir
        && !dataDir.value().isEmpty()) {
      return dataDir.value() + "/" + conf.name();
    }
    return DATA_DIR + "/" + conf.name();
  }

  private static List<RangeSet> sets(NetConf conf) {
    List<JsonArray> all = new ArrayList<>();
    addSets(all, conf.runtimeConfig(), "ipRanges");
    if (!conf.ipam().textOrEmpty("subnet").isEmpty()) {
      all.add(new JsonArray(List.of(conf.ipam())));
    }
    addSets(all, conf.ipam(), "ranges");
    if (all.isEmpty()) {
      throw new IllegalArgumentException("no IP ranges specified");
    }
    List<RangeSet> sets = new ArrayList<>();
    for (JsonArray set : all) {
      try {
        List<AddressRange> ranges = new ArrayList<>();
        for (Json range : set.items()) {
          if (!(range instanceof JsonObject object)) {
            throw new IllegalArgumentException("expected object, found " + range.kind());
          }
          ranges.add(AddressRange.of(object));
        }
        sets.add(new RangeSet(ranges));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "invalid range set " + sets.size() + ": " + e.getMessage(), e);
      }
    }
    return sets;
  }

  private static void addSets(List<JsonArray> all, JsonObject json, String key) {
    for (Json set : json.array(key)) {
      if (!(set instanceof JsonArray array)) {
        throw new IllegalArgumentException(
            "key \"" + key + "\": expected array of arrays, found " + set.kind());
      }
      all.add(array);
    }
  }

  private static void checkSets(List<RangeSet> sets, NetConf conf) {
    int ipv4 = 0;
    for (RangeSet set : sets) {
      ipv4 += set.isIpv4() ? 1 : 0;
    }
    if ((ipv4 > 1 || sets.size() - ipv4 > 1) && !conf.version().isAtLeast(CniVersion.V0_3_0)) {
      throw new IllegalArgumentException(
          "CNI version " + conf.cniVersion() + " does not support more than 1 address per family");
    }
    for (int i = 0; i < sets.size(); i++) {
      for (int j = i + 1; j < sets.size(); j++) {
        if (sets.get(i).overlaps(sets.get(j))) {
          throw new IllegalArgumentException("range set " + i + " overlaps with " + j);
        }
      }
    }
  }

  private static List<IpAddress> requested(CniArgs args, NetConf conf) {
    List<String> texts = new ArrayList<>();
    if (args.find("IP").isPresent()) {
      texts.add(args.find("IP").get());
    }
    texts.addAll(conf.args().texts("ips"));
    texts.addAll(conf.runtimeConfig().texts("ips"));
    List<IpAddress> requested = new ArrayList<>();
    for (String text : texts) {
      int slash = text.indexOf('/');
      try {
        IpAddress address =
            AddressRange.canonical(IpAddress.parse(slash < 0 ? text : text.substring(0, slash)));
        if (!requested.contains(address)) {
          requested.add(address);
        }
      } catch (IllegalArgumentException e) {
        throw invalid("cannot understand ip: " + e.getMessage());
      }
    }
    return requested;
  }

  private static CniError invalid(String text) {
    return new CniError(CniError.INVALID_CONFIG, text);
  }
}
