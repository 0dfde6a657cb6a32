package io.flannelj.cni.json;

/** Text that is not JSON, or a value of another kind than expected; the message names the place. */
public final class JsonException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String text;

  /** With a message that names the place. */
  public JsonException(String message) {
    super(message);
    this.text = message;
  }

  @Override
  public String getMessage() {
    return text;
  }
}
