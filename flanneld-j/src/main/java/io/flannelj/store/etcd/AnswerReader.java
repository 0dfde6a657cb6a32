package io.flannelj.store.etcd;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads answers of etcd's gateway as a stream of tokens. Keys and values are base64 there, and
 * 64-bit numbers strings; members that are not known are passed over.
 */
final class AnswerReader {
  private static final JsonFactory JSON = new JsonFactory();
  private static final byte[] NOTHING = {};

  private String clusterId = "";
  private long revision;
  private boolean succeeded;
  private long lease;
  private long ttl;
  private String token = "";
  private final List<KeyValue> kvs = new ArrayList<>();
  private boolean created;
  private boolean canceled;
  private long compactRevision;
  private String reason = "";
  private final List<Answer.Event> events = new ArrayList<>();
  private String error = "";
  private int code;

  private AnswerReader() {}

  /** Reads one member's value, at which the parser stands. */
  @FunctionalInterface
  private interface Member {
    void read(String name, JsonParser json) throws IOException;
  }

  /**
   * Reads one answer.
   *
   * @throws EtcdException if it is an error that etcd tells
   * @throws IOException if it is no answer at all
   */
  static Answer read(byte[] body) throws IOException {
    AnswerReader reader = new AnswerReader();
    try (JsonParser json = JSON.createParser(body)) {
      json.nextToken();
      object(json, reader::member);
      if (json.nextToken() != null) {
        throw new IOException("more than one answer in one");
      }
    } catch (IllegalArgumentException e) {
      throw new IOException("malformed answer: " + e.getMessage(), e);
    }
    if (!reader.error.isEmpty()) {
      throw EtcdException.refused(reader.code, reader.error);
    }
    return reader.answer();
  }

  private Answer answer() {
    return new Answer(
        clusterId,
        revision,
        succeeded,
        lease,
        ttl,
        token,
        kvs,
        created,
        canceled,
        compactRevision,
        reason,
        events);
  }

  private static void object(JsonParser json, Member member) throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw new IOException("malformed answer: an object is missing at " + json.currentLocation());
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      json.nextToken();
      member.read(name, json);
    }
  }

  private static void array(JsonParser json, Member member) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw new IOException("malformed answer: an array is missing at " + json.currentLocation());
    }
    while (json.nextToken() != JsonToken.END_ARRAY) {
      member.read("", json);
    }
  }

  private void member(String name, JsonParser json) throws IOException {
    switch (name) {
      // A stream's answers have an envelope.
      case "result" -> object(json, this::member);
      case "header" -> object(json, this::header);
      case "error", "message" -> error(json);
      case "code" -> code = (int) number(json);
      case "succeeded" -> succeeded = json.getBooleanValue();
      case "ID" -> lease = number(json);
      case "TTL" -> ttl = number(json);
      case "token" -> token = json.getText();
      case "kvs" -> array(json, (none, element) -> kvs.add(keyValue(element)));
      case "created" -> created = json.getBooleanValue();
      case "canceled" -> canceled = json.getBooleanValue();
      case "compact_revision" -> compactRevision = number(json);
      case "cancel_reason" -> reason = json.getText();
      case "events" -> array(json, (none, element) -> events.add(event(element)));
      default -> json.skipChildren();
    }
  }

  private void header(String name, JsonParser json) throws IOException {
    switch (name) {
      case "cluster_id" -> clusterId = json.getText();
      case "revision" -> revision = number(json);
      default -> json.skipChildren();
    }
  }

  /** A text, or in a stream an object: grpc_code in etcd 3.4 and 3.5, code in later ones. */
  private void error(JsonParser json) throws IOException {
    if (json.currentToken() == JsonToken.START_OBJECT) {
      object(
          json,
          (name, value) -> {
            switch (name) {
              case "grpc_code", "code" -> code = (int) number(value);
              case "message" -> error = value.getText();
              default -> value.skipChildren();
            }
          });
    } else {
      error = json.getText();
    }
    if (error.isEmpty()) {
      error = "an error without text";
    }
  }

  private static Answer.Event event(JsonParser json) throws IOException {
    boolean[] deleted = {false};
    List<KeyValue> kv = new ArrayList<>();
    object(
        json,
        (name, value) -> {
          switch (name) {
            case "type" -> deleted[0] = value.getText().equals("DELETE");
            case "kv" -> kv.add(keyValue(value));
            default -> value.skipChildren();
          }
        });
    if (kv.size() != 1) {
      throw new IOException("malformed answer: an event without key");
    }
    return new Answer.Event(deleted[0], kv.get(0));
  }

  private static KeyValue keyValue(JsonParser json) throws IOException {
    byte[][] texts = {NOTHING, NOTHING};
    long[] numbers = {0, 0, 0};
    object(
        json,
        (name, value) -> {
          switch (name) {
            case "key" -> texts[0] = value.getBinaryValue();
            case "value" -> texts[1] = value.getBinaryValue();
            case "create_revision" -> numbers[0] = number(value);
            case "mod_revision" -> numbers[1] = number(value);
            case "lease" -> numbers[2] = number(value);
            default -> value.skipChildren();
          }
        });
    String key = new String(texts[0], StandardCharsets.UTF_8);
    String value = new String(texts[1], StandardCharsets.UTF_8);
    return new KeyValue(key, value, numbers[0], numbers[1], numbers[2]);
  }

  private static long number(JsonParser json) throws IOException {
    return json.currentToken() == JsonToken.VALUE_STRING
        ? Long.parseLong(json.getText())
        : json.getLongValue();
  }
}
