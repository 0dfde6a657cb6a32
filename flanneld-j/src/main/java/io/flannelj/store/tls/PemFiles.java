package io.flannelj.store.tls;

import io.flannelj.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/**
 * The TLS context of PEM files, made anew when one of them has changed: certificates are
 * short-lived and renewed in place.
 */
public final class PemFiles implements Supplier<SSLContext> {
  private final String authorities;
  private final String certificates;
  private final String key;
  private Optional<SSLContext> made = Optional.empty();
  private List<String> madeOf = List.of();

  /**
   * Of these files.
   *
   * @param authorities empty: those of the JVM
   * @param certificates ours, empty: none
   * @param key ours, empty if certificates is
   */
  public PemFiles(String authorities, String certificates, String key) {
    this.authorities = authorities;
    this.certificates = certificates;
    this.key = key;
  }

  /**
   * The context of the files' present content.
   *
   * @throws StoreException naming the file that does not serve
   */
  @Override
  public synchronized SSLContext get() {
    List<String> texts = new ArrayList<>();
    for (String file : List.of(authorities, certificates, key)) {
      texts.add(file.isEmpty() ? "" : read(file));
    }
    if (made.isEmpty() || !texts.equals(madeOf)) {
      Optional<TlsContexts.Source> trusted =
          authorities.isEmpty()
              ? Optional.empty()
              : Optional.of(new TlsContexts.Source(texts.get(0), authorities));
      Optional<TlsContexts.Identity> identity =
          certificates.isEmpty()
              ? Optional.empty()
              : Optional.of(
                  new TlsContexts.Identity(
                      new TlsContexts.Source(texts.get(1), certificates),
                      new TlsContexts.Source(texts.get(2), key)));
      made = Optional.of(TlsContexts.trusting(trusted, identity));
      madeOf = texts;
    }
    return made.get();
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file));
    } catch (IOException e) {
      throw new StoreException(file + " cannot be read: " + e, e);
    }
  }
}
