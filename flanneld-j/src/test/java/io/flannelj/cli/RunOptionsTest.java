package io.flannelj.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.config.ConfigException;
import io.flannelj.config.EtcdOptions;
import io.flannelj.config.KubernetesOptions;
import io.flannelj.config.Options;
import io.flannelj.config.Secret;
import io.flannelj.config.StoreOptions;
import io.flannelj.net.Ipv4Address;
import java.util.List;
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
    assertThat(options.traffic().ipMasq()).isFalse();
    assertThat(options.traffic().fullyRandom()).isTrue();
    assertThat(options.traffic().forwardRules()).isTrue();
    assertThat(options.healthzIp()).isEqualTo("0.0.0.0");
    assertThat(options.healthzPort()).isZero();
    assertThat(options.renewMarginMinutes()).isEqualTo(60);
    assertThat(options.interfaces().names()).isEmpty();
    assertThat(options.interfaces().publicIp()).isEmpty();
    assertThat(options.nodeName()).isNotBlank();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--ip-masq", "-ip-masq", "--ip-masq=true", "-ip-masq=true"})
  void flagsHaveOneDashOrTwo(String flag) {
    assertThat(options(Map.of(), flag).traffic().ipMasq()).isTrue();
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
    assertThat(options.interfaces().names()).containsExactly("eth0", "192.0.2.1");
    assertThat(options.interfaces().regexes()).containsExactly("^en");
    assertThat(options.interfaces().publicIp()).contains(Ipv4Address.parse("198.51.100.7"));
    assertThat(options.interfaces().canReach()).contains(Ipv4Address.parse("198.51.100.1"));
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
    assertThat(options.traffic().ipMasq()).isTrue();
    assertThat(options.interfaces().names()).containsExactly("eth1");
    assertThat(options.traffic().forwardRules()).isFalse();
    assertThat(options.healthzPort()).isEqualTo(9999);
    assertThat(options(environment, "--ip-masq=false").traffic().ipMasq()).isFalse();
    assertThat(options(environment, "--iface=eth0").interfaces().names()).containsExactly("eth0");
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
    assertThat(options.interfaces().publicIp()).isEmpty();
    assertThat(options.interfaces().canReach()).isEmpty();
  }

  @Test
  void storesHaveFlannelsDefaults() {
    StoreOptions store = options(Map.of()).store();
    assertThat(store.kind()).isEqualTo(StoreOptions.Kind.DIRECTORY);
    assertThat(store.etcd()).isEqualTo(EtcdOptions.DEFAULT);
    assertThat(store.kubernetes()).isEqualTo(KubernetesOptions.DEFAULT);
    assertThat(options(Map.of(), "--store-default=etcd").store().kind())
        .isEqualTo(StoreOptions.Kind.ETCD);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--kube-subnet-mgr", "-kube-subnet-mgr=true", "--store=kubernetes"})
  void kubernetesIsChosenByFlannelsFlagOrOurs(String flag) {
    assertThat(options(Map.of(), flag, "--store-default=etcd").store().kind())
        .isEqualTo(StoreOptions.Kind.KUBERNETES);
  }

  @Test
  void etcdTakesFlannelsFlags() {
    EtcdOptions etcd =
        options(
                Map.of("FLANNELD_ETCD_PASSWORD", "hunter2"),
                "--store=etcd",
                "-etcd-endpoints=https://192.0.2.1:2379, https://[2001:db8::1]:2379",
                "--etcd-prefix=net/",
                "--etcd-cafile=/ca.pem",
                "--etcd-certfile=/c.pem",
                "--etcd-keyfile=/k.pem",
                "--etcd-username=flannel")
            .store()
            .etcd();
    assertThat(etcd)
        .isEqualTo(
            new EtcdOptions(
                List.of("https://192.0.2.1:2379", "https://[2001:db8::1]:2379"),
                "/net",
                "/k.pem",
                "/c.pem",
                "/ca.pem",
                "flannel",
                new Secret("hunter2"),
                86_400));
    assertThat(etcd.toString()).doesNotContain("hunter2");
  }

  @Test
  void klogsFlagsAreTaken() {
    assertThat(options(Map.of(), "-vmodule=x=1", "-log_backtrace_at=a.go:1").nodeName())
        .isNotBlank();
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
        "--store=floppy; --store \"floppy\" is unknown; there are directory, etcd, kubernetes",
        "--store=etcd --kube-subnet-mgr; --store etcd contradicts --kube-subnet-mgr",
        "--etcd-endpoints=192.0.2.1:2379; --etcd-endpoints 192.0.2.1:2379",
        "--etcd-endpoints=,; --etcd-endpoints names none",
        "--etcd-keyfile=/k; --etcd-certfile is missing",
        "--etcd-password=x; --etcd-password needs --etcd-username",
        "--kube-annotation-prefix=A/b/c; --kube-annotation-prefix A/b/c",
        "--iface-can-reach=nowhere; --iface-can-reach",
      })
  void aValueThatCannotBeIsRefusedByFlagAndValue(String flags, String words) {
    assertThatThrownBy(() -> options(Map.of(), flags.split(" ")))
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
