package io.flannelj.testkit.servers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** The RSA pair by which an API server signs the tokens of service accounts. */
final class ServiceAccountKeys {
  private static final int BITS = 2048;

  private ServiceAccountKeys() {}

  static Path privateKey(Path directory) {
    return directory.resolve("service-accounts.key");
  }

  static Path publicKey(Path directory) {
    return directory.resolve("service-accounts.pub");
  }

  static void write(Path directory) throws IOException {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(BITS);
      KeyPair pair = generator.generateKeyPair();
      Files.writeString(privateKey(directory), pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
      Files.writeString(publicKey(directory), pem("PUBLIC KEY", pair.getPublic().getEncoded()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK knows RSA", e);
    }
  }

  private static String pem(String what, byte[] der) {
    String lines =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(der);
    return "-----BEGIN " + what + "-----\n" + lines + "\n-----END " + what + "-----\n";
  }
}
