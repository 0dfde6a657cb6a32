package io.flannelj.store.etcd;

import io.flannelj.cni.json.JsonString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Bodies of requests to etcd's gateway (etcd's rpc.proto in JSON). */
final class Requests {
  private Requests() {}

  /** One key. */
  static String get(String key) {
    return "{\"key\":\"" + base64(key) + "\"}";
  }

  /** One key as the member that is asked knows it, without asking the others. */
  static String getFromMember(String key) {
    return "{\"key\":\"" + base64(key) + "\",\"serializable\":true,\"keys_only\":true}";
  }

  /** All keys that begin so. */
  static String list(String prefix) {
    return "{" + range(prefix, end(prefix)) + "}";
  }

  /** Changes of all keys that begin so, from a revision on. */
  static String watch(String prefix, long revision) {
    return "{\"create_request\":{"
        + range(prefix, end(prefix))
        + ",\"start_revision\":\""
        + revision
        + "\",\"progress_notify\":true}}";
  }

  /** A new etcd lease. */
  static String grant(long seconds) {
    return "{\"TTL\":\"" + seconds + "\"}";
  }

  /** To renew or revoke an etcd lease. */
  static String lease(long id) {
    return "{\"ID\":\"" + id + "\"}";
  }

  /** To log in. */
  static String login(String user, String password) {
    return "{\"name\":"
        + new JsonString(user).toCompactText()
        + ",\"password\":"
        + new JsonString(password).toCompactText()
        + "}";
  }

  private static String range(String from, String end) {
    return "\"key\":\"" + base64(from) + "\",\"range_end\":\"" + base64(end) + "\"";
  }

  /** The first key that does not begin so: the last byte is one more. */
  private static String end(String prefix) {
    int last = prefix.length() - 1;
    return prefix.substring(0, last) + (char) (prefix.charAt(last) + 1);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Changes that are made together or not at all, and only if nothing has been changed before. */
  static final class Transaction {
    private final List<String> comparisons = new ArrayList<>();
    private final List<String> operations = new ArrayList<>();

    /** A key is as it was when it was read. */
    Transaction unchanged(KeyValue kv) {
      comparisons.add(
          "{\"target\":\"MOD\",\"result\":\"EQUAL\",\"key\":\""
              + base64(kv.key())
              + "\",\"mod_revision\":\""
              + kv.modRevision()
              + "\"}");
      return this;
    }

    /** No key from one on to before another was changed after a revision. */
    Transaction unchangedSince(long revision, String from, String end) {
      comparisons.add(
          "{\"target\":\"MOD\",\"result\":\"LESS\","
              + range(from, end)
              + ",\"mod_revision\":\""
              + (revision + 1)
              + "\"}");
      return this;
    }

    /** Writes a key; lease 0: to stay for ever. */
    Transaction put(String key, String value, long lease) {
      operations.add(
          "{\"request_put\":{\"key\":\""
              + base64(key)
              + "\",\"value\":\""
              + base64(value)
              + "\",\"lease\":\""
              + lease
              + "\"}}");
      return this;
    }

    /** Removes a key. */
    Transaction delete(String key) {
      operations.add("{\"request_delete_range\":{\"key\":\"" + base64(key) + "\"}}");
      return this;
    }

    @Override
    public String toString() {
      return "{\"compare\":["
          + String.join(",", comparisons)
          + "],\"success\":["
          + String.join(",", operations)
          + "]}";
    }
  }
}
