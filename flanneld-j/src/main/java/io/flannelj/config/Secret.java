package io.flannelj.config;

/**
 * What no log, status or exception may show.
 *
 * @param reveal the secret itself, to be sent to nobody but who asks for it by right
 */
public record Secret(String reveal) {
  @Override
  public String toString() {
    return reveal.isEmpty() ? "(none)" : "(not shown)";
  }
}
