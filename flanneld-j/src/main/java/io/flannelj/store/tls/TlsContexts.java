package io.flannelj.store.tls;

import io.flannelj.store.StoreException;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** Makes TLS contexts of clients. */
public final class TlsContexts {
  private static final char[] NO_PASSWORD = new char[0];

  private TlsContexts() {}

  /**
   * Who we are.
   *
   * @param certificates PEM, ours first
   * @param key PEM
   */
  public record Identity(Source certificates, Source key) {}

  /**
   * A PEM text.
   *
   * @param origin for errors: its file
   */
  public record Source(String text, String origin) {}

  /**
   * Trusting these authorities.
   *
   * @param authorities empty: those of the JVM
   * @param identity empty: none
   * @throws StoreException naming the file that does not serve
   */
  public static SSLContext trusting(Optional<Source> authorities, Optional<Identity> identity) {
    try {
      return context(identity, authorities.isEmpty() ? null : authorities(authorities.get()));
    } catch (GeneralSecurityException | IOException e) {
      throw new StoreException("no TLS can be made: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new StoreException(String.valueOf(e.getMessage()), e);
    }
  }

  /** Trusting whoever answers, as {@code insecure-skip-tls-verify} asks for. */
  public static SSLContext trustingAnybody(Optional<Identity> identity) {
    try {
      return context(identity, new TrustManager[] {new Anybody()});
    } catch (GeneralSecurityException | IOException e) {
      throw new StoreException("no TLS can be made: " + e.getMessage(), e);
    }
  }

  private static SSLContext context(
      Optional<Identity> identity, TrustManager @org.jspecify.annotations.Nullable [] trust)
      throws GeneralSecurityException, IOException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(identity.isEmpty() ? null : keys(identity.get()), trust, null);
    return context;
  }

  private static TrustManager[] authorities(Source source)
      throws GeneralSecurityException, IOException {
    KeyStore store = empty();
    List<X509Certificate> certificates = Pem.certificates(source.text(), source.origin());
    for (int i = 0; i < certificates.size(); i++) {
      store.setCertificateEntry("authority" + i, certificates.get(i));
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyManager[] keys(Identity identity) throws GeneralSecurityException, IOException {
    KeyStore store = empty();
    Source certificates = identity.certificates();
    store.setKeyEntry(
        "client",
        Pem.key(identity.key().text(), identity.key().origin()),
        NO_PASSWORD,
        Pem.certificates(certificates.text(), certificates.origin())
            .toArray(X509Certificate[]::new));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  /** An extended manager, for a plain one would be wrapped in a check of the host's name. */
  private static final class Anybody extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
