package io.flannelj.config;

/** A setting that cannot be used; the text names it, its value and the remedy. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With a text for the operator. */
  public ConfigException(String message) {
    super(message);
  }
}
