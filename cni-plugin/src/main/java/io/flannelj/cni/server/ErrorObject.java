package io.flannelj.cni.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Error objects for what happens before a handler has a say, CNI specification 1.1.0, section
 * "Error". Without cniVersion, as nothing has looked at the configuration yet.
 */
final class ErrorObject {
  static final int TRY_AGAIN_LATER = 11;
  static final int INTERNAL = 999;

  private static final JsonFactory JSON = new JsonFactory();

  private ErrorObject() {}

  static Answer answer(int code, String message, String details) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeNumberField("code", code);
      json.writeStringField("msg", message);
      json.writeStringField("details", details);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("print an error object into memory", e);
    }
    return Answer.of(1, bytes.toByteArray());
  }
}
