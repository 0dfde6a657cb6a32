package io.flannelj.store.tls;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Certificates and private keys in the text form of RFC 7468. Java reads keys as PKCS#8 only;
 * openssl writes RSA keys as PKCS#1 and EC keys as SEC 1 (RFC 5915) too, and those are wrapped.
 */
public final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]+)-----END \\1-----");
  private static final int SEQUENCE = 0x30;
  private static final int OCTET_STRING = 0x04;
  private static final int PARAMETERS = 0xa0;
  private static final byte[] VERSION = {0x02, 0x01, 0x00};
  // AlgorithmIdentifier of rsaEncryption, and the object identifier of id-ecPublicKey.
  private static final byte[] RSA = {
    0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0
  };
  private static final byte[] EC = {
    0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01
  };

  private Pem() {}

  /**
   * All certificates of a text.
   *
   * @param origin for errors: the file
   * @throws IllegalArgumentException naming the origin, if there is none or one cannot be read
   */
  public static List<X509Certificate> certificates(String text, String origin) {
    List<X509Certificate> found = new ArrayList<>();
    Matcher blocks = BLOCK.matcher(text);
    try {
      while (blocks.find()) {
        if (blocks.group(1).equals("CERTIFICATE")) {
          found.add(
              (X509Certificate)
                  CertificateFactory.getInstance("X.509")
                      .generateCertificate(new ByteArrayInputStream(bytes(blocks.group(2)))));
        }
      }
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          origin + " holds a certificate that cannot be read: " + e.getMessage(), e);
    }
    if (found.isEmpty()) {
      throw new IllegalArgumentException(origin + " holds no certificate (-----BEGIN CERTIFICATE)");
    }
    return found;
  }

  /**
   * The private key of a text.
   *
   * @param origin for errors: the file
   * @throws IllegalArgumentException naming the origin, never the content
   */
  public static PrivateKey key(String text, String origin) {
    Matcher blocks = BLOCK.matcher(text);
    while (blocks.find()) {
      String kind = blocks.group(1);
      if (kind.equals("ENCRYPTED PRIVATE KEY")) {
        throw new IllegalArgumentException(
            origin + " holds an encrypted key; decrypt it: openssl pkey -in " + origin);
      }
      if (kind.endsWith("PRIVATE KEY")) {
        try {
          return key(kind, bytes(blocks.group(2)));
        } catch (GeneralSecurityException | RuntimeException e) {
          throw new IllegalArgumentException(
              origin + " holds a " + kind + " that cannot be read: " + e.getMessage(), e);
        }
      }
    }
    throw new IllegalArgumentException(origin + " holds no private key (-----BEGIN PRIVATE KEY)");
  }

  private static PrivateKey key(String kind, byte[] der) throws GeneralSecurityException {
    return switch (kind) {
      case "RSA PRIVATE KEY" -> decode("RSA", wrap(RSA, der));
      case "EC PRIVATE KEY" -> decode("EC", wrap(tlv(SEQUENCE, join(EC, curve(der))), der));
      default -> decodeAny(der);
    };
  }

  private static PrivateKey decodeAny(byte[] der) throws GeneralSecurityException {
    GeneralSecurityException last = new GeneralSecurityException("neither RSA, EC nor Ed25519");
    for (String algorithm : List.of("RSA", "EC", "Ed25519")) {
      try {
        return decode(algorithm, der);
      } catch (GeneralSecurityException e) {
        last.addSuppressed(e);
      }
    }
    throw last;
  }

  private static PrivateKey decode(String algorithm, byte[] der) throws GeneralSecurityException {
    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
  }

  /** PrivateKeyInfo: version, algorithm, the key as octet string. */
  private static byte[] wrap(byte[] algorithm, byte[] key) {
    return tlv(SEQUENCE, join(VERSION, algorithm, tlv(OCTET_STRING, key)));
  }

  /** The object identifier in ECPrivateKey's parameters. */
  private static byte[] curve(byte[] der) {
    int at = header(der, 0);
    while (at < der.length) {
      int begin = header(der, at);
      int end = begin + length(der, at);
      if ((der[at] & 0xff) == PARAMETERS) {
        return Arrays.copyOfRange(der, begin, end);
      }
      at = end;
    }
    throw new IllegalArgumentException("it does not name its curve");
  }

  /** Where the content of the element at an offset begins. */
  private static int header(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
  }

  private static int length(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    for (int i = 0; i < (first & 0x7f); i++) {
      length = (length << 8) | (der[at + 2 + i] & 0xff);
    }
    return length;
  }

  private static byte[] tlv(int tag, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(content.length + 6);
    out.write(tag);
    if (content.length < 0x80) {
      out.write(content.length);
    } else {
      int bytes = content.length > 0xffff ? 3 : content.length > 0xff ? 2 : 1;
      out.write(0x80 | bytes);
      for (int i = bytes - 1; i >= 0; i--) {
        out.write(content.length >> (8 * i));
      }
    }
    out.writeBytes(content);
    return out.toByteArray();
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static byte[] bytes(String base64) {
    return Base64.getMimeDecoder().decode(base64.getBytes(StandardCharsets.US_ASCII));
  }
}
