package io.flannelj.cni.portmap;

import io.flannelj.cni.CniError;
import io.flannelj.cni.CniResult;
import io.flannelj.cni.NftablesBackend;
import io.flannelj.cni.Plugin;
import io.flannelj.cni.PluginContext;

/** Host ports of pods. Without mappings it prints prevResult and touches nothing. */
public final class Portmap implements Plugin {
  @Override
  public String type() {
    return "portmap";
  }

  @Override
  public CniResult add(PluginContext c) {
    NftablesBackend.require(c.conf().raw(), "backend", "unrecognized backend");
    CniResult previous =
        c.conf()
            .prevResult()
            .orElseThrow(
                () -> new CniError(CniError.INVALID_CONFIG, "must be called as chained plugin"));
    if (!c.conf().runtimeConfig().array("portMappings").isEmpty()) {
      throw new CniError(
          CniError.UNSUPPORTED_FIELD,
          "unsupported value of key \"portMappings\": "
              + c.conf().runtimeConfig().array("portMappings"));
    }
    return previous;
  }

  @Override
  public void del(PluginContext c) {}
}
