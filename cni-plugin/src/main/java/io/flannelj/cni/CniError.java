package io.flannelj.cni;

import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonNumber;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.cni.json.JsonString;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A failure with a code of the CNI specification ("Error"). It becomes the error object on standard
 * output.
 */
public final class CniError extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** The configuration's version is not supported. */
  public static final int INCOMPATIBLE_VERSION = 1;

  /** A configuration field is not supported; the message names key and value. */
  public static final int UNSUPPORTED_FIELD = 2;

  /** The container does not exist; the runtime need not clean up. */
  public static final int UNKNOWN_CONTAINER = 3;

  /** An environment variable is missing or invalid; the message names it. */
  public static final int INVALID_ENVIRONMENT = 4;

  /** Input or output failed. */
  public static final int IO_FAILURE = 5;

  /** Something could not be decoded. */
  public static final int DECODE_FAILURE = 6;

  /** The network configuration is invalid. */
  public static final int INVALID_CONFIG = 7;

  /** CNI_NETNS cannot be the pod's namespace. */
  public static final int INVALID_NETNS = 8;

  /** Try again later. */
  public static final int TRY_AGAIN = 11;

  /** STATUS: an ADD could not be served. */
  public static final int NOT_AVAILABLE = 50;

  /** STATUS: an ADD could not be served, and attached containers may have lost connectivity. */
  public static final int LIMITED_CONNECTIVITY = 51;

  /** Everything else. */
  public static final int INTERNAL = 999;

  /** What to do when the process that serves has no file descriptor left: EMFILE. */
  public static final String OPEN_FILES_REMEDY =
      "raise the limit of open files of the process that serves: LimitNOFILE of its systemd unit,"
          + " ulimit -n elsewhere";

  private final int code;
  private final String text;
  private final String details;

  /** Without details. */
  public CniError(int code, String message) {
    this(code, message, "");
  }

  /** With details, empty for none. */
  public CniError(int code, String message, String details) {
    super(message);
    this.code = code;
    this.text = message;
    this.details = details;
  }

  /** As the above, with the exception that led to it. */
  public CniError(int code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
    this.text = message;
    this.details = "";
  }

  /** The code. */
  public int code() {
    return code;
  }

  /** The message without the details. */
  public String text() {
    return text;
  }

  /** More about it, empty for nothing. */
  public String details() {
    return details;
  }

  /** The same failure seen from one step further up: the text gets a prefix. */
  public CniError within(String prefix) {
    CniError wrapped = new CniError(code, prefix + text, details);
    wrapped.initCause(this);
    return wrapped;
  }

  @Override
  public String getMessage() {
    return details.isEmpty() ? text : text + "; " + details;
  }

  /** The error object; {@code details} only if there are any, no version, as the reference. */
  public JsonObject toJson() {
    Map<String, Json> members = new LinkedHashMap<>();
    members.put("code", JsonNumber.of(code));
    members.put("msg", new JsonString(text));
    if (!details.isEmpty()) {
      members.put("details", new JsonString(details));
    }
    return new JsonObject(members);
  }

  /** Reads an error object that another plugin printed; nothing if it is none. */
  public static Optional<CniError> parse(String stdout) {
    try {
      if (Json.parse(stdout) instanceof JsonObject object
          && (object.has("code") || object.has("msg"))) {
        return Optional.of(
            new CniError(
                object.integer("code").orElse(0),
                object.textOrEmpty("msg"),
                object.textOrEmpty("details")));
      }
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
