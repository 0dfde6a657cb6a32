package io.flannelj.store.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class RehearsalTest {
  @TempDir private Path directory;

  private void keytool(String... arguments) throws Exception {
    List<String> command = new java.util.ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-keystore", directory.resolve("a.p12").toString()));
    command.addAll(List.of("-storepass", "rehearsal", "-alias", "a"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"EC", "RSA"})
  void aStoreStartsWithoutAnApiServer(String algorithm) throws Exception {
    keytool("-genkeypair", "-keyalg", algorithm, "-dname", "CN=a", "-ext", "SAN=IP:127.0.0.1");
    keytool("-exportcert", "-rfc", "-file", directory.resolve("a.crt").toString());
    Files.writeString(
        directory.resolve("a.conf"),
        "clusters: [{name: a, cluster: {server: 'https://127.0.0.1:1', certificate-authority:"
            + " a.crt}}]\nusers: [{name: a, user: {token: a}}]\n"
            + "contexts: [{name: a, context: {cluster: a, user: a}}]\ncurrent-context: a\n");
    Rehearsal.run(directory.resolve("a.p12"));
  }
}
