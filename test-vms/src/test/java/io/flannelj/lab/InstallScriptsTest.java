package io.flannelj.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code install-cni}, {@code install-conf} and {@code mk-docker-opts.sh} do to files. */
class InstallScriptsTest {
  private static final List<String> PLUGINS =
      List.of("flannel", "bridge", "host-local", "loopback", "portmap");
  private static final Path SCRIPTS =
      Path.of(System.getProperty("maven.multiModuleProjectDirectory", ".."))
          .resolve("packaging/src/main/tree/bin");

  @TempDir private Path scratch;
  private Path bin;

  @BeforeEach
  void makeTree() throws IOException {
    Files.createDirectories(scratch.resolve("tree/bin"));
    Files.createDirectories(scratch.resolve("tree/cni"));
    for (String script : List.of("install-cni", "install-conf", "mk-docker-opts.sh")) {
      Files.copy(SCRIPTS.resolve(script), scratch.resolve("tree/bin").resolve(script));
    }
    release("1");
    bin = Files.createDirectories(scratch.resolve("bin"));
  }

  private void release(String version) throws IOException {
    for (String plugin : PLUGINS) {
      Files.writeString(scratch.resolve("tree/cni").resolve(plugin), "ours " + version);
    }
  }

  private Map<String, String> installed() throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.list(bin)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(file.getFileName().toString(), Files.readString(file));
      }
    }
    return files;
  }

  private String installCni(String... options) throws Exception {
    return run(
        0,
        Stream.concat(Stream.of("install-cni", "--bin-dir=" + bin), Stream.of(options)).toList());
  }

  private String run(int status, List<String> command) throws Exception {
    Process process =
        new ProcessBuilder(
                Stream.concat(
                        Stream.of("sh", scratch.resolve("tree/bin/" + command.get(0)).toString()),
                        command.stream().skip(1))
                    .toList())
            .redirectErrorStream(true)
            .start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(text).isEqualTo(status);
    return text;
  }

  @Test
  void allComeIntoAnEmptyDirectoryAndGoAgain() throws Exception {
    installCni();
    assertThat(installed()).hasSize(5).containsEntry("portmap", "ours 1");
    assertThat(bin.resolve("flannel")).isExecutable();
    installCni("--remove");
    try (Stream<Path> left = Files.list(bin)) {
      assertThat(left.toList()).isEmpty();
    }
  }

  @Test
  void onlyFlannelReplacesWhatIsThereAndIsRestored() throws Exception {
    Files.writeString(bin.resolve("flannel"), "Go's");
    Files.writeString(bin.resolve("bridge"), "reference");
    assertThat(installCni()).contains("/bridge stays", "--replace-plugins");
    assertThat(installed())
        .isEqualTo(
            Map.of(
                "flannel", "ours 1",
                "bridge", "reference",
                "host-local", "ours 1",
                "loopback", "ours 1",
                "portmap", "ours 1"));
    installCni("--remove");
    assertThat(installed()).isEqualTo(Map.of("flannel", "Go's", "bridge", "reference"));
  }

  @Test
  void replacedPluginsAreRestoredAfterAnUpgradeToo() throws Exception {
    Files.writeString(bin.resolve("bridge"), "reference");
    installCni("--replace-plugins");
    release("2");
    installCni();
    assertThat(installed()).containsEntry("bridge", "ours 2").containsEntry("flannel", "ours 2");
    installCni("--remove");
    assertThat(installed()).isEqualTo(Map.of("bridge", "reference"));
  }

  @Test
  void whatSomebodyPutThereLaterIsNotTakenAway() throws Exception {
    installCni();
    Files.writeString(bin.resolve("portmap"), "from a newer package");
    assertThat(installCni("--remove")).contains("/portmap stays: somebody changed it");
    assertThat(installed()).isEqualTo(Map.of("portmap", "from a newer package"));
  }

  @Test
  void removalWithoutInstallationSaysSo() throws Exception {
    assertThat(run(1, List.of("install-cni", "--remove", "--bin-dir", bin.toString())))
        .contains("nothing was installed into " + bin);
    assertThat(run(2, List.of("install-cni", "--purge"))).contains("unknown option --purge");
  }

  @Test
  void configurationComesWholeAndUnderItsNameOnly() throws Exception {
    Path source = Files.writeString(scratch.resolve("cni-conf.json"), "{\"name\": \"cbr0\"}");
    Path target = scratch.resolve("net.d/10-flannel.conflist");
    run(0, List.of("install-conf", source.toString(), target.toString()));
    assertThat(target).hasContent("{\"name\": \"cbr0\"}");
    try (Stream<Path> files = Files.list(scratch.resolve("net.d"))) {
      assertThat(files.toList()).containsExactly(target);
    }
    assertThat(run(1, List.of("install-conf", scratch + "/none", target.toString())))
        .contains(scratch + "/none cannot be read");
    assertThat(target).hasContent("{\"name\": \"cbr0\"}");
  }

  private String dockerOptions(String... options) throws Exception {
    Path env =
        Files.writeString(
            scratch.resolve("subnet.env"),
            """
            FLANNEL_NETWORK=10.244.0.0/16
            FLANNEL_SUBNET=10.244.7.1/24
            FLANNEL_MTU=1450
            FLANNEL_IPMASQ=true
            FLANNEL_SUBNET_SCRIPT=$(touch /tmp/never)
            """);
    Path out = scratch.resolve("docker_opts.env");
    run(
        0,
        Stream.concat(
                Stream.of("mk-docker-opts.sh", "-f", env.toString(), "-d", out.toString()),
                Stream.of(options))
            .toList());
    return Files.readString(out);
  }

  @Test
  void dockerGetsFlannelsOptions() throws Exception {
    String single =
        "DOCKER_OPT_BIP=\"--bip=10.244.7.1/24\"\n"
            + "DOCKER_OPT_IPMASQ=\"--ip-masq=false\"\n"
            + "DOCKER_OPT_MTU=\"--mtu=1450\"\n";
    String all = "=\" --bip=10.244.7.1/24 --ip-masq=false --mtu=1450\"\n";
    assertThat(dockerOptions()).isEqualTo(single + "DOCKER_OPTS" + all);
    assertThat(dockerOptions("-i")).isEqualTo(single);
    assertThat(dockerOptions("-c", "-k", "OPTIONS")).isEqualTo("OPTIONS" + all);
    assertThat(dockerOptions("-c", "-m"))
        .isEqualTo("DOCKER_OPTS=\" --bip=10.244.7.1/24 --mtu=1450\"\n");
  }

  @Test
  void dockerOptionsNeedSubnetEnv() throws Exception {
    assertThat(run(1, List.of("mk-docker-opts.sh", "-f", scratch + "/none")))
        .contains(scratch + "/none cannot be read");
  }
}
