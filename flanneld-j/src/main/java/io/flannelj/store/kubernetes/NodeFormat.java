package io.flannelj.store.kubernetes;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.flannelj.store.kubernetes.NodeReader.Event;
import io.flannelj.store.kubernetes.NodeReader.ListEnd;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.function.Consumer;

/** Reads Nodes in the form in which the API server has sent them: its binary one, or JSON. */
final class NodeFormat {
  /** What is asked for, best first. */
  static final String ACCEPTED = "application/vnd.kubernetes.protobuf, application/json";

  static final JsonFactory JSON =
      JsonFactory.builder()
          // Names of annotations and labels are without end; kept for ever they would be a leak.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .build();

  private static final String BINARY = "application/vnd.kubernetes.protobuf";
  private static final int BUFFER = 16 * 1024;

  private final NodeReader json;
  private final NodeProtobuf binary;

  /**
   * For annotations with a prefix.
   *
   * @param prefix with its slash or dash
   */
  NodeFormat(String prefix) {
    this.json = new NodeReader(prefix);
    this.binary = new NodeProtobuf(prefix);
  }

  private static boolean isBinary(String type) {
    return type.startsWith(BINARY);
  }

  private static ProtobufReader reader(InputStream body) {
    return new ProtobufReader(body, BUFFER);
  }

  /** Reads a NodeList. */
  ListEnd list(String type, InputStream body, Consumer<KubeNode> each) throws IOException {
    if (isBinary(type)) {
      return binary.list(reader(body), each);
    }
    try (JsonParser parser = parser(body)) {
      return json.list(parser, each);
    }
  }

  /** Reads one Node. */
  KubeNode single(String type, InputStream body) throws IOException {
    if (isBinary(type)) {
      return binary.single(reader(body));
    }
    try (JsonParser parser = parser(body)) {
      return json.single(parser);
    }
  }

  /** Reads a Status. */
  static Event.Failed failure(String type, InputStream body) throws IOException {
    if (isBinary(type)) {
      return NodeProtobuf.failure(reader(body));
    }
    try (JsonParser parser = parser(body)) {
      return parser.nextToken() == JsonToken.START_OBJECT
          ? NodeReader.failure(parser)
          : new Event.Failed(0, "");
    }
  }

  /** What a watch tells, one after the other. */
  @FunctionalInterface
  interface Events {
    /** Waits for the next one; empty: the server ended the watch. */
    Optional<Event> next() throws IOException;
  }

  /** Reads the events of a watch. */
  Events events(String type, InputStream body) throws IOException {
    if (isBinary(type)) {
      ProtobufReader reader = reader(body);
      return () -> binary.event(reader);
    }
    JsonParser parser = parser(body);
    return () ->
        parser.nextToken() == JsonToken.START_OBJECT
            ? Optional.of(json.event(parser))
            : Optional.empty();
  }

  private static JsonParser parser(InputStream body) throws IOException {
    return JSON.createParser(body).disable(JsonParser.Feature.AUTO_CLOSE_SOURCE);
  }
}
