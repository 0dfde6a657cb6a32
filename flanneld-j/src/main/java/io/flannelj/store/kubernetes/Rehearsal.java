package io.flannelj.store.kubernetes;

import io.flannelj.config.KubernetesOptions;
import io.flannelj.config.SubnetPool;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.store.LeaseRequest;
import io.flannelj.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A start of the store Kubernetes against a server in this process, for the training of an AOT
 * cache: the JDK's TLS alone is 800 classes, a quarter of a second of a node's start where they are
 * not in the cache, and where a cache is made there is no API server.
 */
public final class Rehearsal {
  private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);
  private static final char[] PASSWORD = "rehearsal".toCharArray();
  private static final String NODE = "rehearsal";
  private static final IpPrefix NETWORK = IpPrefix.parse("10.244.0.0/16");
  private static final long SECONDS = 20;

  private Rehearsal() {}

  /**
   * Leases and watches.
   *
   * @param store PKCS#12, password "rehearsal", of a server's key with its certificate for
   *     127.0.0.1; beside it a kubeconfig that trusts it, of the same name with the ending conf
   * @throws StoreException if it does not work
   */
  public static void run(Path store) throws InterruptedException {
    String name = store.getFileName().toString();
    Path kubeconfig = store.resolveSibling(name.substring(0, name.lastIndexOf('.')) + ".conf");
    try (RehearsalServer server = RehearsalServer.start(tls(store), NODE)) {
      KubernetesOptions options =
          new KubernetesOptions(
              server.url(), kubeconfig.toString(), "flannel.alpha.coreos.com", true, "", "");
      follow(new KubernetesStore(options, Map.of(), NODE, LOG::warn));
    } catch (IOException | GeneralSecurityException e) {
      throw new StoreException("the rehearsal with " + store + " does not work: " + e, e);
    }
  }

  private static void follow(KubernetesStore opened) throws InterruptedException {
    // A snapshot of the list and one of the watch's event.
    CountDownLatch snapshots = new CountDownLatch(2);
    try (KubernetesStore store = opened) {
      LeaseRequest.Half half =
          new LeaseRequest.Half(
              new SubnetPool(NETWORK, 24, NETWORK.address(), NETWORK.address()),
              IpAddress.parse("192.0.2.1"),
              MacAddress.parse("02:00:00:00:00:01"),
              Optional.empty());
      store.acquire(new LeaseRequest(NODE, 1, List.of(half)));
      store.watch(snapshot -> snapshots.countDown(), state -> LOG.info("rehearsal: {}", state));
      store.networkReady();
      if (!snapshots.await(SECONDS, TimeUnit.SECONDS)) {
        throw new StoreException("the rehearsal saw no change within " + SECONDS + " s");
      }
    }
  }

  private static SSLContext tls(Path file) throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream stream = Files.newInputStream(file)) {
      keys.load(stream, PASSWORD);
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(keys, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(factory.getKeyManagers(), null, null);
    return context;
  }
}
