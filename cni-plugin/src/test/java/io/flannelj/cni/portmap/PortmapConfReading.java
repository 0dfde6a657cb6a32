package io.flannelj.cni.portmap;

import io.flannelj.cni.CniResult;
import io.flannelj.cni.Plugin;
import io.flannelj.cni.PluginContext;

/** A portmap plugin that reads its configuration and touches no kernel. */
public final class PortmapConfReading implements Plugin {
  @Override
  public String type() {
    return "portmap";
  }

  @Override
  public CniResult add(PluginContext c) {
    PortMapping.list(c.conf().runtimeConfig());
    return c.conf().prevResult().orElse(CniResult.EMPTY);
  }

  @Override
  public void del(PluginContext c) {}

  @Override
  public void check(PluginContext c) {
    PortMapping.list(c.conf().runtimeConfig());
    c.conf().prevResult();
  }
}
