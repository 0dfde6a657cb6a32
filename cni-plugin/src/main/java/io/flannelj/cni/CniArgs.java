package io.flannelj.cni;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * CNI_ARGS, {@code K=V;K=V}. Keys are case-sensitive, unlike those of JSON.
 *
 * @param values by key, in order; of a repeated key the last
 */
public record CniArgs(Map<String, String> values) {
  /** Copies the map. */
  public CniArgs {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /**
   * Reads the text.
   *
   * @param text the variable, empty for no arguments
   * @param known the keys that the plugin understands; IgnoreUnknown always is
   * @throws CniError code 4 for a malformed pair, or for an unknown key without IgnoreUnknown
   */
  public static CniArgs parse(String text, List<String> known) {
    Map<String, String> values = new LinkedHashMap<>();
    List<String> unknown = new ArrayList<>();
    int start = 0;
    while (start <= text.length() && !text.isEmpty()) {
      int end = text.indexOf(';', start);
      String pair = text.substring(start, end < 0 ? text.length() : end);
      int equals = pair.indexOf('=');
      if (equals < 0 || pair.indexOf('=', equals + 1) >= 0) {
        throw new CniError(
            CniError.INVALID_ENVIRONMENT, "ARGS: invalid pair " + quote(pair), "CNI_ARGS");
      }
      String key = pair.substring(0, equals);
      if (!key.equals("IgnoreUnknown") && !known.contains(key)) {
        unknown.add(quote(pair));
      }
      values.put(key, pair.substring(equals + 1));
      start = end < 0 ? text.length() + 1 : end + 1;
    }
    CniArgs args = new CniArgs(values);
    if (!args.bool("IgnoreUnknown") && !unknown.isEmpty()) {
      throw new CniError(
          CniError.INVALID_ENVIRONMENT,
          "ARGS: unknown args [" + String.join(" ", unknown) + "]",
          "CNI_ARGS");
    }
    return args;
  }

  /** The value of a key that is given and not empty. */
  public Optional<String> find(String key) {
    String value = values.getOrDefault(key, "");
    return value.isEmpty() ? Optional.empty() : Optional.of(value);
  }

  /**
   * A boolean: 1, true, 0 or false in any case; false where it is absent.
   *
   * @throws CniError code 4 if it is anything else
   */
  public boolean bool(String key) {
    String value = values.get(key);
    if (value == null || value.equals("0") || value.equalsIgnoreCase("false")) {
      return false;
    }
    if (value.equals("1") || value.equalsIgnoreCase("true")) {
      return true;
    }
    throw new CniError(
        CniError.INVALID_ENVIRONMENT,
        "ARGS: error parsing value of pair "
            + quote(key + "=" + value)
            + ": boolean unmarshal error: invalid input "
            + value,
        "CNI_ARGS");
  }

  private static String quote(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
