package io.flannelj.cni;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.cni.testkit.Calls;
import io.flannelj.cni.testkit.FakeCaller;
import io.flannelj.cni.testkit.FakePlugin;
import io.flannelj.libc.NativeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The code of STATUS, by plugin and daemon. */
class StatusVerbTest {
  private static final String CONF = "{\"cniVersion\":\"1.1.0\",\"name\":\"net\",\"type\":\"x\"}";

  private final FakePlugin plugin = new FakePlugin("x");
  private Availability daemon = new Availability.Available();
  private FakeCaller caller;

  @BeforeEach
  void makeCaller(@TempDir Path root) {
    caller = new FakeCaller(root);
  }

  @AfterEach
  void close() {
    caller.close();
  }

  private CniAnswer status(Plugin called) {
    PluginDispatcher dispatcher =
        new PluginDispatcher(
            new PluginRegistry(List.of(called)), Calls.attachments(), () -> daemon);
    return dispatcher.dispatch(
        new CniCall(
            "x",
            Map.of("CNI_COMMAND", "STATUS", "CNI_PATH", "/opt/cni/bin"),
            CONF.getBytes(StandardCharsets.UTF_8)),
        caller);
  }

  private CniError error(Plugin called) {
    return CniError.parse(status(called).stdout()).orElseThrow();
  }

  /** The same plugin, whose attachments depend on the daemon. */
  private Plugin dependent() {
    return new Plugin() {
      @Override
      public String type() {
        return plugin.type();
      }

      @Override
      public CniResult add(PluginContext c) {
        return plugin.add(c);
      }

      @Override
      public void del(PluginContext c) {
        plugin.del(c);
      }

      @Override
      public boolean needsDaemon() {
        return true;
      }

      @Override
      public void status(PluginContext c) {
        plugin.status(c);
      }
    };
  }

  @Test
  void allWellIsSilence() {
    assertThat(status(plugin)).isEqualTo(new CniAnswer(0, "", ""));
    assertThat(status(dependent())).isEqualTo(new CniAnswer(0, "", ""));
  }

  @ParameterizedTest
  @ValueSource(ints = {CniError.INTERNAL, CniError.IO_FAILURE, CniError.TRY_AGAIN, 0})
  void whatTimeMayHealIsNotAvailable(int code) {
    plugin.failing(new CniError(code, "the reason"));
    assertThat(error(plugin).code()).isEqualTo(CniError.NOT_AVAILABLE);
    assertThat(error(plugin).text()).isEqualTo("the reason");
  }

  @ParameterizedTest
  @ValueSource(
      ints = {CniError.UNSUPPORTED_FIELD, CniError.INVALID_CONFIG, CniError.LIMITED_CONNECTIVITY})
  void otherCodesStay(int code) {
    plugin.failing(new CniError(code, "the reason"));
    assertThat(error(plugin).code()).isEqualTo(code);
  }

  @Test
  void whatTheKernelRefusesIsNotAvailable() {
    plugin.failing(new NativeException("open", "/var/lib/cni/networks/net/lock", 30));
    assertThat(error(plugin).code()).isEqualTo(CniError.NOT_AVAILABLE);
    assertThat(error(plugin).text()).contains("/var/lib/cni/networks/net/lock", "EROFS");
  }

  @Test
  void aDaemonThatIsNotReadyIsSaidWithItsReasonWhereItMatters() {
    daemon = new Availability.NotAvailable("no lease: the store is away");
    assertThat(status(plugin).isSuccess()).isTrue();
    assertThat(error(dependent()).code()).isEqualTo(CniError.NOT_AVAILABLE);
    assertThat(error(dependent()).text())
        .isEqualTo("flanneld is not ready: no lease: the store is away");
    daemon = new Availability.Limited("flannel.1: EPERM");
    assertThat(error(dependent()).code()).isEqualTo(CniError.LIMITED_CONNECTIVITY);
    assertThat(error(dependent()).text()).contains("flannel.1: EPERM");
  }

  @Test
  void thePluginsReasonComesFirstAndTheDaemonsBesideIt() {
    daemon = new Availability.NotAvailable("no lease: the store is away");
    plugin.failing(new CniError(CniError.TRY_AGAIN, "no subnet.env"));
    assertThat(error(dependent()).code()).isEqualTo(CniError.NOT_AVAILABLE);
    assertThat(error(dependent()).text()).isEqualTo("no subnet.env");
    assertThat(error(dependent()).details())
        .isEqualTo("flanneld says: no lease: the store is away");
  }
}
