package io.flannelj.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.config.ConfigException;
import io.flannelj.config.Options;
import io.flannelj.net.Ipv4Address;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What command line and environment come to, as flannel's users know it. */
class RunOptionsTest {
  @Test
  void withoutFlagsEverythingHasFlannelsDefaults() {
    Options options = options(Map.of());
    assertThat(options.netConfPath()).isEqualTo("/etc/kube-flannel/net-conf.json");
    assertThat(options.subnetFile()).isEqualTo("/run/flannel/subnet.env");
    assertThat(options.ipMasq()).isFalse();
    assertThat(options.fullyRandom()).isTrue();
    assertThat(options.forwardRules()).isTrue();
    assertThat(options.healthzIp()).isEqualTo("0.0.0.0");
    assertThat(options.healthzPort()).isZero();
    assertThat(options.renewMarginMinutes()).isEqualTo(60);
    assertThat(options.ifaces()).isEmpty();
    assertThat(options.publicIp()).isEmpty();
    assertThat(options.nodeName()).isNotBlank();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--ip-masq", "-ip-masq", "--ip-masq=true", "-ip-masq=true"})
  void flagsHaveOneDashOrTwo(String flag) {
    assertThat(options(Map.of(), flag).ipMasq()).isTrue();
  }

  @Test
  void valuesFollowAnEqualsSignOrABlank() {
    Options options =
        options(
            Map.of(),
            "-iface=eth0",
            "--iface",
            "192.0.2.1",
            "-iface-regex",
            "^en",
            "--public-ip=198.51.100.7",
            "-iface-can-reach",
            "198.51.100.1",
            "--healthz-port=10256");
    assertThat(options.ifaces()).containsExactly("eth0", "192.0.2.1");
    assertThat(options.ifaceRegexes()).containsExactly("^en");
    assertThat(options.publicIp()).contains(Ipv4Address.parse("198.51.100.7"));
    assertThat(options.ifaceCanReach()).contains(Ipv4Address.parse("198.51.100.1"));
    assertThat(options.healthzPort()).isEqualTo(10256);
  }

  @Test
  void environmentStandsInForFlagsAndTheCommandLineWins() {
    Map<String, String> environment =
        Map.of(
            "FLANNELD_IP_MASQ", "true",
            "FLANNELD_IFACE", "eth1",
            "FLANNELD_HEALTHZ_PORT", "8285",
            "FLANNELD_IPTABLES_FORWARD_RULES", "false");
    Options options = options(environment, "--healthz-port=9999");
    assertThat(options.ipMasq()).isTrue();
    assertThat(options.ifaces()).containsExactly("eth1");
    assertThat(options.forwardRules()).isFalse();
    assertThat(options.healthzPort()).isEqualTo(9999);
    assertThat(options(environment, "--ip-masq=false").ipMasq()).isFalse();
    assertThat(options(environment, "--iface=eth0").ifaces()).containsExactly("eth0");
  }

  @Test
  void nodeNameComesFromTheFlagThenFromNodeName() {
    Map<String, String> environment = Map.of("NODE_NAME", "worker-7");
    assertThat(options(environment).nodeName()).isEqualTo("worker-7");
    assertThat(options(environment, "--node-name=other").nodeName()).isEqualTo("other");
    assertThat(options(environment, "--node-name=").nodeName()).isEqualTo("worker-7");
  }

  @Test
  void emptyAddressesAreAsIfNotGiven() {
    // The DaemonSet's $(PUBLIC_IP) is empty where no value was set.
    Options options = options(Map.of(), "--public-ip=", "--iface-can-reach=");
    assertThat(options.publicIp()).isEmpty();
    assertThat(options.ifaceCanReach()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "--healthz-port=70000; --healthz-port 70000 is not within 0..65535",
        "--subnet-lease-renew-margin=0; --subnet-lease-renew-margin 0 is not within 1..1439",
        "--subnet-lease-renew-margin=1440; is not within 1..1439",
        "--audit-seconds=0; --audit-seconds 0 is not positive",
        "--public-ip=300.1.1.1; --public-ip",
        "--iface-can-reach=nowhere; --iface-can-reach",
      })
  void aValueThatCannotBeIsRefusedByFlagAndValue(String flag, String words) {
    assertThatThrownBy(() -> options(Map.of(), flag))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(words);
  }

  @Test
  void aNumberThatIsNoneIsAUsageErrorThatNamesFlagAndValue() {
    assertThatThrownBy(() -> options(Map.of(), "--healthz-port=many"))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("--healthz-port")
        .hasMessageContaining("many");
    assertThatThrownBy(() -> options(Map.of("FLANNELD_HEALTHZ_PORT", "many")))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("--healthz-port")
        .hasMessageContaining("many");
  }

  @Test
  void anUnknownFlagIsRefusedWithASuggestion() {
    assertThatThrownBy(() -> options(Map.of(), "--ip-mask"))
        .isInstanceOfSatisfying(
            UnmatchedArgumentException.class,
            refusal ->
                assertThat(refusal.getSuggestions()).anyMatch(text -> text.contains("--ip-masq")))
        .hasMessageContaining("--ip-mask");
  }

  @Test
  void unknownNamesOfTheEnvironmentAreTold() {
    assertThat(
            FlanneldEnvironment.unknown(
                Map.of(
                    "FLANNELD_IFACE", "eth0",
                    "FLANNELD_SERVICE_HOST", "10.96.0.7",
                    "FLANNELD_PORT", "tcp://10.96.0.7:80",
                    "PATH", "/bin")))
        .contains("FLANNELD_PORT, FLANNELD_SERVICE_HOST");
    assertThat(FlanneldEnvironment.unknown(Map.of("FLANNELD_V", "1", "HOME", "/"))).isEmpty();
  }

  @Test
  void runTakesEverySpellingThatTheseTestsUse() {
    CommandLine run = new CommandLine(new RunCommand());
    assertThat(run.getCommandSpec().findOption("-subnet-file").names()).contains("--subnet-file");
    assertThat(run.getCommandSpec().findOption("-v").names()).containsOnlyOnce("-v", "--v");
  }

  private static Options options(Map<String, String> environment, String... arguments) {
    Flags flags = new Flags();
    CommandLine line = new CommandLine(flags);
    line.setDefaultValueProvider(new FlanneldEnvironment(environment));
    line.parseArgs(arguments);
    return flags.run.toOptions(environment);
  }

  @Command(modelTransformer = GoSpelling.class)
  private static final class Flags {
    @Mixin private final RunOptions run = new RunOptions();
  }
}
