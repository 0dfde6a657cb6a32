package io.flannelj.store.etcd;

import io.flannelj.config.EtcdOptions;
import io.flannelj.store.StoreException;
import java.io.IOException;
import java.util.Optional;

/**
 * Flannel's keys in etcd, and the calls that read and change them. What fails is a {@link
 * StoreException} that names the remedy.
 */
final class Etcd {
  private static final String RANGE = "/v3/kv/range";

  private final EtcdOptions options;
  private final EtcdClient client;

  Etcd(EtcdOptions options, EtcdClient client) {
    this.options = options;
    this.client = client;
  }

  /** The key of net-conf.json. */
  String configKey() {
    return options.prefix() + "/config";
  }

  /** What all leases' keys begin with. */
  String subnets() {
    return options.prefix() + "/subnets/";
  }

  EtcdClient client() {
    return client;
  }

  /** Text of the network's configuration, empty if there is none. */
  Optional<String> config() {
    Answer answer = call("read " + configKey(), RANGE, Requests.get(configKey()));
    return answer.kvs().stream().findFirst().map(KeyValue::value);
  }

  /** All leases. */
  Listing list() {
    Answer answer = call("list " + subnets(), RANGE, Requests.list(subnets()));
    return new Listing(answer.clusterId(), answer.revision(), answer.kvs(), System.nanoTime());
  }

  /** Changes keys; whether nothing had been changed before. */
  boolean commit(Requests.Transaction transaction) {
    return call("write below " + subnets(), "/v3/kv/txn", transaction.toString()).succeeded();
  }

  /** A new etcd lease. */
  long grant(long seconds) {
    return call("grant a lease", "/v3/lease/grant", Requests.grant(seconds)).lease();
  }

  /** Renews an etcd lease; its time to live in seconds, 0 if it has ended. */
  long keepAlive(long lease) {
    return call("renew our lease", "/v3/lease/keepalive", Requests.lease(lease)).ttl();
  }

  /** Ends an etcd lease that nothing depends on; if that fails, it ends by itself later. */
  void revoke(long lease) {
    try {
      client.call("/v3/lease/revoke", Requests.lease(lease));
    } catch (IOException e) {
      // Its time to live ends it.
    }
  }

  private Answer call(String what, String path, String body) {
    try {
      return client.call(path, body);
    } catch (IOException e) {
      throw new StoreException("cannot " + what + ": " + explain(e), e);
    }
  }

  /** A failure in words for the operator, with the remedy. */
  String explain(IOException e) {
    String text = String.valueOf(e.getMessage());
    if (!(e instanceof EtcdException etcd)) {
      return "etcd: " + text;
    }
    if (etcd.isOfMember()) {
      return "etcd does not answer at "
          + text
          + "; check that it runs and has a leader (etcdctl endpoint status), and --etcd-endpoints";
    }
    if (text.contains("permission denied")) {
      return text
          + ": let user "
          + options.username()
          + " read and write below "
          + options.prefix()
          + " (etcdctl role grant-permission ROLE --prefix=true readwrite "
          + options.prefix()
          + "/)";
    }
    if (text.contains("authentication failed")) {
      return text + ": check --etcd-username and FLANNELD_ETCD_PASSWORD";
    }
    if (options.username().isEmpty() && etcd.isOfToken()) {
      return text + ": etcd asks for a user, give --etcd-username and FLANNELD_ETCD_PASSWORD";
    }
    return text;
  }
}
