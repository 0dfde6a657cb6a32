package io.flannelj.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Which JVM and which AOT cache the programs of {@code bin/} choose; the JVM is a script that tells
 * how it was called.
 */
class InstalledTreeTest {
  private static final Path SCRIPTS =
      Path.of(System.getProperty("maven.multiModuleProjectDirectory", ".."))
          .resolve("packaging/src/main/tree");

  @TempDir private Path scratch;
  private Path home;

  @BeforeEach
  void installTree() throws IOException {
    home = scratch.resolve("tree");
    Files.createDirectories(home.resolve("lib/aot"));
    Files.createDirectories(home.resolve("bin"));
    for (String part : List.of("bin", "lib")) {
      try (Stream<Path> files = Files.list(SCRIPTS.resolve(part))) {
        for (Path file : files.toList()) {
          Files.copy(file, home.resolve(part).resolve(file.getFileName()));
        }
      }
    }
    Files.writeString(home.resolve("lib/flanneld-j-1.jar"), "daemon");
    Files.writeString(home.resolve("lib/cni-plugin-1.jar"), "plugins");
  }

  @Test
  void javaHomeIsTakenFirstAndFlagsComeFromTheOneFile() throws Exception {
    Path java = javaHome("17.0.15", "17.0.15+6");

    String called = run(java, "flanneld-j", "status");

    assertThat(called)
        .startsWith(java + "/bin/java @" + home + "/lib/jvm.options ")
        .endsWith("-jar " + home + "/lib/flanneld-j-1.jar status\n")
        .doesNotContain("AOTCache", "jvm-23.options");
  }

  @Test
  void aliasRunsTheDaemonWithGoFlannelsStore() throws Exception {
    assertThat(run(javaHome("17.0.15", "17.0.15+6"), "flanneld", "--iface=eth0"))
        .endsWith("flanneld-j-1.jar run --store-default=etcd --iface=eth0\n");
  }

  @Test
  void newerJavaGetsItsOwnFlagsToo() throws Exception {
    assertThat(run(javaHome("25.0.3", "25.0.3+9"), "cni-standalone", "--lock-fd=3"))
        .contains(" @" + home + "/lib/jvm-23.options ")
        .endsWith("cni-plugin-1.jar --lock-fd=3\n");
  }

  @Test
  void cacheIsUsedUntilAnyJarOrFlagChanges() throws Exception {
    Path java = javaHome("25.0.3", "25.0.3+9");
    Path cache = home.resolve("lib/aot/daemon-" + contentHash() + "-25.0.3+9.aot");
    Files.writeString(cache, "");
    assertThat(run(java, "flanneld-j", "run")).contains(" -XX:AOTCache=" + cache + " ");

    Files.writeString(home.resolve("lib/cni-plugin-1.jar"), "plugins, patched");
    assertThat(run(java, "flanneld-j", "run")).doesNotContain("AOTCache");

    Files.writeString(home.resolve("lib/cni-plugin-1.jar"), "plugins");
    assertThat(run(java, "flanneld-j", "run")).contains("AOTCache");
    Files.writeString(home.resolve("lib/jvm.options"), "-Xmx1g\n");
    assertThat(run(java, "flanneld-j", "run")).doesNotContain("AOTCache");
  }

  @Test
  void cacheOfAnotherJvmOrProgramIsNotUsed() throws Exception {
    String hash = contentHash();
    Files.writeString(home.resolve("lib/aot/daemon-" + hash + "-25.0.2+7.aot"), "");
    Files.writeString(home.resolve("lib/aot/standalone-" + hash + "-25.0.3+9.aot"), "");

    assertThat(run(javaHome("25.0.3", "25.0.3+9"), "flanneld-j", "run")).doesNotContain("AOTCache");
  }

  @Test
  void worksThroughALinkFromAnotherDirectory() throws Exception {
    Path link = Files.createSymbolicLink(scratch.resolve("fj"), home.resolve("bin/flanneld-j"));
    Path java = javaHome("17.0.15", "17.0.15+6");

    assertThat(output(java, List.of("sh", "-c", "cd / && exec " + link + " leases")))
        .endsWith(home + "/lib/flanneld-j-1.jar leases\n");
  }

  @Test
  void packagedRuntimeBeatsJavaHome() throws Exception {
    Path java = javaHome("17.0.15", "17.0.15+6");
    Files.createSymbolicLink(home.resolve("runtime"), javaHome("21.0.1", "21.0.1+1"));

    assertThat(run(java, "flanneld-j", "run")).startsWith(home + "/runtime/bin/java ");
  }

  private Path javaHome(String version, String runtimeVersion) throws IOException {
    Path java = scratch.resolve("java-" + version);
    Files.createDirectories(java.resolve("bin"));
    Files.writeString(
        java.resolve("release"),
        "JAVA_RUNTIME_VERSION=\"" + runtimeVersion + "\"\nJAVA_VERSION=\"" + version + "\"\n");
    Files.writeString(java.resolve("bin/java"), "#!/bin/sh\necho \"$0 $*\"\n");
    assertThat(java.resolve("bin/java").toFile().setExecutable(true)).isTrue();
    return java;
  }

  private String contentHash() throws Exception {
    String script = ". " + home + "/bin/run-java; home=" + home + "; content_hash; echo $content";
    return output(home, List.of("sh", "-c", script)).strip();
  }

  private String run(Path java, String program, String... arguments) throws Exception {
    return output(
        java,
        Stream.concat(
                Stream.of("sh", home.resolve("bin/" + program).toString()), Stream.of(arguments))
            .toList());
  }

  private String output(Path java, List<String> command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", java.toString());
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }
}
