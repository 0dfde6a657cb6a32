package io.flannelj.store.kubernetes;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Reads Nodes, lists of them and events of a watch from a stream. What is not needed is skipped
 * without being made an object.
 */
final class NodeReader {
  /** HTTP 410: the version asked for is not kept any more. */
  static final int GONE = 410;

  private static final int MOST_TEXT = 64 * 1024;

  private final String prefix;

  /**
   * For annotations with a prefix.
   *
   * @param prefix with its slash or dash
   */
  NodeReader(String prefix) {
    this.prefix = prefix;
  }

  /**
   * Metadata of a list.
   *
   * @param resourceVersion from where to watch
   * @param more to be given to the next request, empty: it was the last part
   */
  record ListEnd(String resourceVersion, String more) {}

  /** What a watch tells. */
  sealed interface Event {
    /** A node is there, as it says. */
    record Present(KubeNode node) implements Event {}

    /** A node is gone. */
    record Gone(KubeNode node) implements Event {}

    /** Nothing happened up to a version. */
    record Bookmark(String resourceVersion) implements Event {}

    /** The watch failed. */
    record Failed(int code, String message) implements Event {}

    /** One that is about a node. */
    static Event of(String type, KubeNode node) throws IOException {
      return switch (type) {
        case "ADDED", "MODIFIED" -> new Present(node);
        case "DELETED" -> new Gone(node);
        case "BOOKMARK" -> new Bookmark(node.resourceVersion());
        default -> throw new IOException("an event of type \"" + type + "\"");
      };
    }
  }

  /** Reads a NodeList. */
  ListEnd list(JsonParser json, Consumer<KubeNode> each) throws IOException {
    expect(json, json.nextToken(), JsonToken.START_OBJECT);
    String version = "";
    String more = "";
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      JsonToken value = json.nextToken();
      if (key.equals("metadata") && value == JsonToken.START_OBJECT) {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          String name = json.currentName();
          json.nextToken();
          switch (name) {
            case "resourceVersion" -> version = text(json);
            case "continue" -> more = text(json);
            default -> json.skipChildren();
          }
        }
      } else if (key.equals("items") && value == JsonToken.START_ARRAY) {
        while (json.nextToken() == JsonToken.START_OBJECT) {
          each.accept(node(json));
        }
      } else {
        json.skipChildren();
      }
    }
    if (json.currentToken() != JsonToken.END_OBJECT) {
      throw new IOException("the list ends in the middle");
    }
    return new ListEnd(version, more);
  }

  /** Reads one Node; the parser is before it. */
  KubeNode single(JsonParser json) throws IOException {
    expect(json, json.nextToken(), JsonToken.START_OBJECT);
    return node(json);
  }

  /** Reads one event; the parser is on its opening brace. */
  Event event(JsonParser json) throws IOException {
    expect(json, json.currentToken(), JsonToken.START_OBJECT);
    String type = "";
    KubeNode node = new KubeNode("", "", List.of(), Map.of(), "");
    Event.Failed failure = new Event.Failed(0, "");
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      JsonToken value = json.nextToken();
      if (key.equals("type")) {
        type = text(json);
      } else if (key.equals("object") && value == JsonToken.START_OBJECT) {
        // The type comes first: the API server writes a struct of Go.
        if (type.equals("ERROR")) {
          failure = failure(json);
        } else {
          node = node(json);
        }
      } else {
        json.skipChildren();
      }
    }
    return type.equals("ERROR") ? failure : Event.of(type, node);
  }

  /** Reads a Status; the parser is on its opening brace. */
  static Event.Failed failure(JsonParser json) throws IOException {
    int code = 0;
    String message = "";
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      JsonToken value = json.nextToken();
      if (key.equals("code") && value == JsonToken.VALUE_NUMBER_INT) {
        code = json.getIntValue();
      } else if (key.equals("message")) {
        message = text(json);
      } else {
        json.skipChildren();
      }
    }
    return new Event.Failed(code, message);
  }

  private KubeNode node(JsonParser json) throws IOException {
    NodeDraft draft = new NodeDraft();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      JsonToken value = json.nextToken();
      if (value != JsonToken.START_OBJECT) {
        json.skipChildren();
        continue;
      }
      switch (key) {
        case "metadata" -> metadata(json, draft);
        case "spec" -> spec(json, draft);
        case "status" -> status(json, draft);
        default -> json.skipChildren();
      }
    }
    if (json.currentToken() != JsonToken.END_OBJECT) {
      throw new IOException("a node ends in the middle");
    }
    return draft.node();
  }

  private void metadata(JsonParser json, NodeDraft draft) throws IOException {
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      JsonToken value = json.nextToken();
      if (key.equals("name")) {
        draft.name = text(json);
      } else if (key.equals("resourceVersion")) {
        draft.version = text(json);
      } else if (key.equals("annotations") && value == JsonToken.START_OBJECT) {
        annotations(json, draft);
      } else {
        json.skipChildren();
      }
    }
  }

  private void annotations(JsonParser json, NodeDraft draft) throws IOException {
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      JsonToken value = json.nextToken();
      if (key.startsWith(prefix) && value == JsonToken.VALUE_STRING) {
        draft.annotations.put(key.substring(prefix.length()), KubeNode.bounded(json.getText()));
      } else {
        json.skipChildren();
      }
    }
  }

  private static void spec(JsonParser json, NodeDraft draft) throws IOException {
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      JsonToken value = json.nextToken();
      if (key.equals("podCIDR")) {
        draft.podCidr = text(json);
      } else if (key.equals("podCIDRs") && value == JsonToken.START_ARRAY) {
        while (json.nextToken() != JsonToken.END_ARRAY) {
          draft.podCidrs.add(text(json));
        }
      } else {
        json.skipChildren();
      }
    }
  }

  private static void status(JsonParser json, NodeDraft draft) throws IOException {
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      JsonToken value = json.nextToken();
      if (key.equals("conditions") && value == JsonToken.START_ARRAY) {
        while (json.nextToken() == JsonToken.START_OBJECT) {
          condition(json, draft);
        }
      } else {
        json.skipChildren();
      }
    }
  }

  private static void condition(JsonParser json, NodeDraft draft) throws IOException {
    String type = "";
    String state = "";
    String reason = "";
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      json.nextToken();
      switch (key) {
        case "type" -> type = text(json);
        case "status" -> state = text(json);
        case "reason" -> reason = text(json);
        default -> json.skipChildren();
      }
    }
    if (type.equals("NetworkUnavailable")) {
      draft.unavailable = state + " " + reason;
    }
  }

  private static String text(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw new IOException(
          "\"" + json.currentName() + "\" is no string but " + json.currentToken());
    }
    if (json.getTextLength() > MOST_TEXT) {
      throw new IOException(
          "\"" + json.currentName() + "\" has " + json.getTextLength() + " bytes");
    }
    return json.getText();
  }

  private static void expect(JsonParser json, JsonToken found, JsonToken wanted)
      throws IOException {
    if (found != wanted) {
      throw new IOException(
          "expected " + wanted + ", found " + found + " at " + json.currentLocation());
    }
  }
}
