package io.flannelj.store.kubernetes;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.flannelj.cni.json.JsonString;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Tells on the Node itself that it has no pod CIDR, where {@code kubectl describe node} shows it,
 * and once that it has got one. Each of the two is one Event with a name of its own that is
 * repeated, as rarely as an Event must be to stay (an hour), never a new one. Best effort: what
 * fails costs nothing but the Event.
 */
final class NodeEvents implements AutoCloseable {
  // Events of a Node, which is in no namespace, are there.
  private static final String EVENTS = "/api/v1/namespaces/default/events";
  private static final String JSON = "application/json";
  private static final long REPEAT_NANOS = TimeUnit.MINUTES.toNanos(10);
  private static final long RETRY_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final int FORBIDDEN = 403;
  private static final int CONFLICT = 409;
  private static final int MOST_NAME = 200;
  private static final int MOST_MESSAGE = 1000;

  private final Api api;
  private final String node;
  private final Consumer<String> report;
  // One at a time, on a thread that goes when there is nothing to tell.
  private final ThreadPoolExecutor worker =
      new ThreadPoolExecutor(
          1,
          1,
          1,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(2),
          NodeEvents::thread,
          new ThreadPoolExecutor.DiscardPolicy());
  private boolean missing;
  private long next;
  private boolean refused;
  private int count;

  /**
   * Tells nothing yet.
   *
   * @param report gets one line if we may not write Events
   */
  NodeEvents(Api api, String node, Consumer<String> report) {
    this.api = api;
    this.node = node;
    this.report = report;
    worker.allowCoreThreadTimeOut(true);
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "node-events");
    thread.setDaemon(true);
    return thread;
  }

  /** The node has no pod CIDR; called again and again while it has none. */
  synchronized void missing(String message) {
    long now = System.nanoTime();
    if (!missing || now - next >= 0) {
      missing = true;
      next = now + REPEAT_NANOS;
      worker.execute(() -> tell("Warning", "NoPodCIDR", message));
    }
  }

  /** The node has its pod CIDRs; tells it if they were missed. */
  synchronized void arrived(String subnets) {
    if (missing) {
      missing = false;
      String message = "got the podCIDR " + subnets + ": the pod network is being set up";
      worker.execute(() -> tell("Normal", "PodCIDRAssigned", message));
    }
  }

  private void tell(String type, String reason, String message) {
    String name = name(reason);
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    String changing =
        "\"type\":"
            + quoted(type)
            + ",\"message\":"
            + quoted(message.substring(0, Math.min(MOST_MESSAGE, message.length())))
            + ",\"lastTimestamp\":"
            + quoted(now);
    try {
      try {
        api.post(EVENTS, event(name, reason, changing, now));
      } catch (ApiException e) {
        if (e.status() != CONFLICT) {
          throw e;
        }
        // Our own, of a minute or of an earlier run ago.
        String more = count == 0 ? "" : ",\"count\":" + (count + 1);
        String body = "{" + changing + more + "}";
        count = api.patch(EVENTS + "/" + name, JSON, body, NodeEvents::count);
      }
    } catch (ApiException e) {
      failed(e);
    } catch (IOException | RuntimeException e) {
      retry();
    }
  }

  private void failed(ApiException problem) {
    retry();
    if (problem.status() == FORBIDDEN && !refused) {
      refused = true;
      report.accept(
          "no Events are written on node "
              + node
              + " (status and readiness tell the same): flannel's ClusterRole does not allow it;"
              + " add the rule apiGroups [\"\"], resources [events], verbs [create, patch]");
    }
  }

  private synchronized void retry() {
    next = System.nanoTime() + RETRY_NANOS;
  }

  private String name(String reason) {
    String prefix =
        node.length() <= MOST_NAME
            ? node
            : node.substring(0, MOST_NAME) + Integer.toHexString(node.hashCode());
    return prefix + ".flannel." + reason.toLowerCase(Locale.ROOT);
  }

  private String event(String name, String reason, String changing, String now) {
    return "{\"apiVersion\":\"v1\",\"kind\":\"Event\",\"metadata\":{\"name\":"
        + quoted(name)
        + ",\"namespace\":\"default\"},\"involvedObject\":{\"apiVersion\":\"v1\",\"kind\":\"Node\","
        + "\"name\":"
        + quoted(node)
        // As the kubelet does it, and kubectl looks for it.
        + ",\"uid\":"
        + quoted(node)
        + "},\"reason\":"
        + quoted(reason)
        + ","
        + changing
        + ",\"firstTimestamp\":"
        + quoted(now)
        + ",\"count\":1,\"source\":{\"component\":\"flanneld-j\",\"host\":"
        + quoted(node)
        + "},\"reportingComponent\":\"flanneld-j\",\"reportingInstance\":"
        + quoted(node)
        + "}";
  }

  private static String quoted(String text) {
    return new JsonString(text).toCompactText();
  }

  private static int count(String media, InputStream body) throws IOException {
    int found = 0;
    try (JsonParser json = NodeFormat.JSON.createParser(body)) {
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        boolean count = json.currentName().equals("count");
        if (json.nextToken() == JsonToken.VALUE_NUMBER_INT && count) {
          found = json.getIntValue();
        }
        json.skipChildren();
      }
    }
    return found;
  }

  @Override
  public void close() {
    worker.shutdownNow();
  }
}
