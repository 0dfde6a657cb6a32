package io.flannelj.cni.delegate;

import io.flannelj.cni.CniError;
import io.flannelj.cni.CniVersion;
import io.flannelj.cni.NetConf;
import io.flannelj.cni.Plugin;
import java.util.ArrayList;
import java.util.List;

/** Which configurations a plugin accepts. */
public final class Versions {
  private Versions() {}

  /**
   * Refuses a version that the plugin does not support, letter for letter.
   *
   * @throws CniError code 1
   */
  public static void require(Plugin plugin, NetConf conf) {
    String wanted = conf.cniVersion().isEmpty() ? "0.1.0" : conf.cniVersion();
    List<String> supported = new ArrayList<>();
    for (CniVersion version : plugin.versions()) {
      String text = version.toString();
      if (text.equals(wanted)) {
        return;
      }
      supported.add('"' + text + '"');
    }
    throw new CniError(
        CniError.INCOMPATIBLE_VERSION,
        "incompatible CNI versions",
        "config is \"" + wanted + "\", plugin supports [" + String.join(" ", supported) + "]");
  }
}
