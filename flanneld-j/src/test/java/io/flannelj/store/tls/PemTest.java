package io.flannelj.store.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flannelj.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On what openssl writes. */
class PemTest {
  @TempDir private Path directory;

  @BeforeEach
  void needsOpenssl() {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/openssl")), "needs openssl");
  }

  private String openssl(String arguments) throws Exception {
    Process process =
        new ProcessBuilder(
                Stream.concat(Stream.of("openssl"), Stream.of(arguments.split(" "))).toList())
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }

  private String read(String file) throws Exception {
    return Files.readString(directory.resolve(file));
  }

  @ParameterizedTest
  @CsvSource({
    "genrsa -traditional -out key 2048, RSA PRIVATE KEY, RSA",
    "genrsa -out key 2048, PRIVATE KEY, RSA",
    "ecparam -name prime256v1 -genkey -noout -out key, EC PRIVATE KEY, EC",
    "ecparam -name secp384r1 -genkey -out key, EC PRIVATE KEY, EC",
    "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key, PRIVATE KEY, EC",
    "genpkey -algorithm ed25519 -out key, PRIVATE KEY, EdDSA",
  })
  void everyFormOfKeyIsRead(String command, String form, String algorithm) throws Exception {
    openssl(command);
    assertThat(read("key")).contains("-----BEGIN " + form + "-----");
    assertThat(Pem.key(read("key"), "key").getAlgorithm()).isEqualTo(algorithm);
  }

  @Test
  void anEncryptedKeyIsRefusedWithTheRemedy() throws Exception {
    openssl("genpkey -algorithm RSA -aes256 -pass pass:x -out key");
    assertThatThrownBy(() -> Pem.key(read("key"), "/etc/key.pem"))
        .hasMessageContaining("/etc/key.pem holds an encrypted key")
        .hasMessageContaining("openssl pkey -in /etc/key.pem");
  }

  @Test
  void filesMakeAContextThatFollowsThem() throws Exception {
    openssl("req -x509 -newkey rsa:2048 -nodes -keyout key -out cert -subj /CN=a -days 1");
    PemFiles files =
        new PemFiles(
            directory.resolve("cert").toString(),
            directory.resolve("cert").toString(),
            directory.resolve("key").toString());
    SSLContext first = files.get();
    assertThat(files.get()).isSameAs(first);
    openssl("req -x509 -newkey rsa:2048 -nodes -keyout key -out cert -subj /CN=b -days 1");
    assertThat(files.get()).isNotSameAs(first);
    Files.writeString(directory.resolve("cert"), "nothing");
    assertThatThrownBy(files::get)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(directory.resolve("cert") + " holds no certificate");
    Files.delete(directory.resolve("key"));
    assertThatThrownBy(files::get)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(directory.resolve("key").toString());
  }

  @Test
  void severalAuthoritiesAreRead() throws Exception {
    StringBuilder bundle = new StringBuilder("# a comment\n");
    for (String name : List.of("a", "b")) {
      openssl("req -x509 -newkey rsa:2048 -nodes -keyout key -out cert -subj /CN=" + name);
      bundle.append(read("cert"));
    }
    assertThat(Pem.certificates(bundle.toString(), "bundle")).hasSize(2);
  }
}
