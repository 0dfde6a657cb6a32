package io.flannelj.cni.bridge;

import io.flannelj.cni.CniArgs;
import io.flannelj.cni.CniError;
import io.flannelj.cni.NetConf;
import io.flannelj.cni.NftablesBackend;
import io.flannelj.cni.PluginContext;
import io.flannelj.cni.json.JsonException;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.route.link.LinkId;
import java.util.List;
import java.util.Optional;

/**
 * The bridge plugin's part of a configuration.
 *
 * @param bridge name of the bridge
 * @param gateway whether the bridge carries the gateway address
 * @param defaultGateway whether pods get a default route by it
 * @param forceAddress whether another address on the bridge is replaced
 * @param ipMasq whether the pod's traffic to other networks is masqueraded
 * @param mtu bytes, 0: the kernel's default
 * @param hairpin whether a pod reaches itself by way of the bridge
 * @param promiscuous whether the bridge is promiscuous
 * @param isolated whether the pod may not talk to other isolated ones
 * @param detectDuplicates whether IPv6 addresses go through duplicate address detection
 * @param containerInterface whether the pod's end is set up
 * @param mac of the pod's end, if one is asked for
 * @param vlans of the pod's port
 * @param spoofCheck whether frames that do not bear the pod's MAC are dropped
 */
record BridgeConf(
    String bridge,
    boolean gateway,
    boolean defaultGateway,
    boolean forceAddress,
    boolean ipMasq,
    int mtu,
    boolean hairpin,
    boolean promiscuous,
    boolean isolated,
    boolean detectDuplicates,
    boolean containerInterface,
    Optional<MacAddress> mac,
    VlanConf vlans,
    boolean spoofCheck) {
  private static final int MOST_MTU = 65535;
  private static final List<String> KNOWN_ARGS =
      List.of(
          "MAC",
          "IP",
          "K8S_POD_NAMESPACE",
          "K8S_POD_NAME",
          "K8S_POD_INFRA_CONTAINER_ID",
          "K8S_POD_UID");

  /**
   * Reads it.
   *
   * @throws CniError code 7 for a value that cannot be used, code 2 for a key that is not supported
   */
  static BridgeConf of(PluginContext c) {
    try {
      return read(c.conf(), c.environment().args());
    } catch (JsonException e) {
      throw new CniError(CniError.INVALID_CONFIG, "failed to load netconf: " + e.getMessage());
    }
  }

  private static BridgeConf read(NetConf conf, String args) {
    JsonObject raw = conf.raw();
    NftablesBackend.require(raw, "ipMasqBackend", "unknown ipmasq backend");
    VlanConf vlans = VlanConf.of(raw);
    boolean defaultGateway = flag(raw, "isDefaultGateway");
    boolean hairpin = flag(raw, "hairpinMode");
    boolean promiscuous = flag(raw, "promiscMode");
    if (hairpin && promiscuous) {
      throw new CniError(
          CniError.INVALID_CONFIG, "cannot set hairpin mode and promiscuous mode at the same time");
    }
    boolean containerInterface = !flag(raw, "disableContainerInterface");
    if (!containerInterface && !conf.ipamType().isEmpty()) {
      throw new CniError(
          CniError.INVALID_CONFIG, "cannot use IPAM when DisableContainerInterface flag is set");
    }
    return new BridgeConf(
        bridgeName(raw),
        flag(raw, "isGateway") || defaultGateway,
        defaultGateway,
        flag(raw, "forceAddress"),
        flag(raw, "ipMasq"),
        raw.integer("mtu", 0, MOST_MTU).orElse(0L).intValue(),
        hairpin,
        promiscuous,
        flag(raw, "portIsolation"),
        flag(raw, "enabledad"),
        containerInterface,
        mac(conf, args),
        vlans,
        flag(raw, "macspoofchk"));
  }

  private static String bridgeName(JsonObject raw) {
    String name = raw.text("bridge").filter(text -> !text.isEmpty()).orElse("cni0");
    if (!LinkId.isName(name)) {
      throw new CniError(
          CniError.INVALID_CONFIG,
          "invalid bridge name \"" + name + "\"",
          "a device's name has 1 to 15 bytes");
    }
    return name;
  }

  private static boolean flag(JsonObject raw, String key) {
    return raw.bool(key).orElse(false);
  }

  /** The later in this list wins: CNI_ARGS, args.cni.mac, runtimeConfig.mac. */
  private static Optional<MacAddress> mac(NetConf conf, String args) {
    String text = args.isEmpty() ? "" : CniArgs.parse(args, KNOWN_ARGS).find("MAC").orElse("");
    text = conf.args().text("mac").orElse(text);
    text = conf.runtimeConfig().text("mac").orElse(text);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(MacAddress.parse(text));
    } catch (IllegalArgumentException e) {
      throw new CniError(CniError.INVALID_CONFIG, "failed to set MAC: " + e.getMessage());
    }
  }
}
