package io.flannelj.cni.bridge;

import io.flannelj.cni.CniResult;
import io.flannelj.cni.Plugin;
import io.flannelj.cni.PluginContext;

/** A bridge plugin that reads its configuration and touches no kernel. */
public final class BridgeConfReading implements Plugin {
  @Override
  public String type() {
    return "bridge";
  }

  @Override
  public CniResult add(PluginContext c) {
    BridgeConf conf = BridgeConf.of(c);
    CniResult ips =
        c.conf().ipamType().isEmpty() || !conf.containerInterface()
            ? CniResult.EMPTY
            : c.delegates().add(c.conf().ipamType(), c.conf().raw());
    return new CniResult(ips.interfaces(), ips.ips(), ips.routes(), ips.dns());
  }

  @Override
  public void del(PluginContext c) {
    if (!c.conf().ipamType().isEmpty()) {
      c.delegates().del(c.conf().ipamType(), c.conf().raw());
    }
  }

  @Override
  public void check(PluginContext c) {
    BridgeConf.of(c);
    c.conf().prevResult();
  }
}
