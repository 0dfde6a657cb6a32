package io.flannelj.cni.bridge;

import io.flannelj.cni.CniError;
import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonNull;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.cni.pod.PortVlans;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The keys {@code vlan}, {@code vlanTrunk} and {@code preserveDefaultVlan}.
 *
 * @param vlan of the pod's untagged frames and of the gateway, 0: none
 * @param filtering whether the bridge must filter by VLAN: also for an empty trunk
 * @param port what the pod's port gets
 */
record VlanConf(int vlan, boolean filtering, PortVlans port) {
  private static final int LAST = 4094;
  private static final int NATIVE = 1;

  /** Whether ports differ from those of a bridge without VLANs. */
  boolean isPlain() {
    return port.equals(PortVlans.DEFAULT);
  }

  boolean keepDefault() {
    return port.keepDefault();
  }

  /**
   * Reads them.
   *
   * @throws CniError code 7 in the reference plugin's words
   */
  static VlanConf of(JsonObject raw) {
    long vlan = raw.integer("vlan", Long.MIN_VALUE, Long.MAX_VALUE).orElse(0L);
    if (vlan < 0 || vlan > LAST) {
      throw invalid("invalid VLAN ID " + vlan + " (must be between 0 and 4094)");
    }
    boolean trunk = raw.find("vlanTrunk").orElse(JsonNull.NULL) != JsonNull.NULL;
    SortedSet<Integer> tagged = new TreeSet<>();
    for (Json item : raw.array("vlanTrunk")) {
      if (item instanceof JsonObject object) {
        addTo(tagged, object);
      } else if (item != JsonNull.NULL) {
        throw invalid("failed to load netconf: vlanTrunk: expected object, found " + item.kind());
      }
    }
    if (vlan == 0 && tagged.isEmpty()) {
      return new VlanConf(0, trunk, PortVlans.DEFAULT);
    }
    int untagged = vlan == 0 ? NATIVE : (int) vlan;
    tagged.remove(untagged);
    boolean keepDefault = raw.bool("preserveDefaultVlan").orElse(false);
    return new VlanConf((int) vlan, true, new PortVlans(untagged, tagged, keepDefault));
  }

  private static void addTo(SortedSet<Integer> vlans, JsonObject item) {
    OptionalInt first = number(item, "minID");
    OptionalInt last = number(item, "maxID");
    if (first.isPresent() && last.isPresent()) {
      check(first.getAsInt(), "incorrect trunk minID parameter");
      check(last.getAsInt(), "incorrect trunk maxID parameter");
      if (last.getAsInt() < first.getAsInt()) {
        throw invalid("minID is greater than maxID in trunk parameter");
      }
      for (int vlan = first.getAsInt(); vlan <= last.getAsInt(); vlan++) {
        vlans.add(vlan);
      }
    } else if (first.isPresent() || last.isPresent()) {
      throw invalid(
          "minID and maxID should be configured simultaneously, "
              + (first.isPresent() ? "maxID" : "minID")
              + " is missing");
    }
    OptionalInt single = number(item, "id");
    if (single.isPresent()) {
      check(single.getAsInt(), "incorrect trunk id parameter");
      vlans.add(single.getAsInt());
    }
  }

  private static OptionalInt number(JsonObject item, String key) {
    return item.integer(key).map(OptionalInt::of).orElse(OptionalInt.empty());
  }

  private static void check(int vlan, String problem) {
    if (vlan <= 0 || vlan > LAST) {
      throw invalid(problem);
    }
  }

  private static CniError invalid(String problem) {
    return new CniError(CniError.INVALID_CONFIG, problem);
  }
}
