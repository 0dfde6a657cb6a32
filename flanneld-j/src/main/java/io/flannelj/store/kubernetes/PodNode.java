package io.flannelj.store.kubernetes;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.flannelj.config.KubernetesOptions;
import io.flannelj.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;

/**
 * The node that our pod runs on, asked by POD_NAMESPACE and POD_NAME, as flannel's manifest has it.
 */
public final class PodNode {
  private PodNode() {}

  /**
   * Asks.
   *
   * @throws StoreException if there is no answer or no such pod
   */
  public static String ask(KubernetesOptions options, Map<String, String> environment) {
    String path = "/api/v1/namespaces/" + options.podNamespace() + "/pods/" + options.podName();
    try (Api api = new Api(ClusterAccesses.find(options, environment))) {
      String name = api.get(path, "application/json", PodNode::nodeName);
      if (name.isEmpty()) {
        throw new StoreException(path + " names no node");
      }
      return name;
    } catch (IOException e) {
      throw new StoreException(
          "our node's name is not known: " + e.getMessage() + "; or set NODE_NAME", e);
    }
  }

  private static String nodeName(String type, InputStream body) throws IOException {
    try (JsonParser json = NodeFormat.JSON.createParser(body)) {
      return nodeName(json);
    }
  }

  private static String nodeName(JsonParser json) throws IOException {
    String found = "";
    json.nextToken();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      boolean spec = json.currentName().equals("spec");
      if (json.nextToken() == JsonToken.START_OBJECT && spec) {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          boolean name = json.currentName().equals("nodeName");
          json.nextToken();
          if (name) {
            found = json.getText();
          } else {
            json.skipChildren();
          }
        }
      } else {
        json.skipChildren();
      }
    }
    return found;
  }
}
