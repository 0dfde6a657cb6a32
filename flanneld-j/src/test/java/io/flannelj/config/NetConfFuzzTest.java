package io.flannelj.config;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.flannelj.testkit.Untrusted;
import java.nio.charset.StandardCharsets;

/** net-conf.json: a text is a usable configuration, or a refusal that names the file. */
class NetConfFuzzTest {
  @FuzzTest
  void text(byte[] content) {
    String text = new String(content, StandardCharsets.UTF_8);
    Untrusted.within(
        () ->
            Untrusted.only(
                ConfigException.class,
                () -> {
                  NetConf conf;
                  try {
                    conf = NetConfReader.read(text);
                  } catch (ConfigException e) {
                    if (!String.valueOf(e.getMessage()).startsWith("net-conf.json")) {
                      throw new AssertionError("does not name the file: " + e.getMessage(), e);
                    }
                    throw e;
                  }
                  require(conf);
                }));
  }

  private static void require(NetConf conf) {
    Untrusted.shown(conf);
    if (conf.pools().isEmpty()) {
      throw new AssertionError("no address family: " + conf);
    }
    for (SubnetPool pool : conf.pools()) {
      if (!pool.accepts(pool.firstSubnet())) {
        throw new AssertionError("its own first subnet is not accepted: " + pool);
      }
      if (pool.subnetLength() > pool.network().address().bitLength() - 2) {
        throw new AssertionError("no room for pods: " + pool);
      }
    }
  }
}
