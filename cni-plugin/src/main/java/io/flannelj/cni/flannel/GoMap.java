package io.flannelj.cni.flannel;

import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonArray;
import io.flannelj.cni.json.JsonNumber;
import io.flannelj.cni.json.JsonObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * JSON as it leaves a Go program that read it into a {@code map[string]interface{}}: members sorted
 * by name at every level, numbers as float64.
 */
final class GoMap {
  private static final int LONGEST_EXACT = 15;

  private GoMap() {}

  /** The members of an object, sorted, to be added to. */
  static Map<String, Json> of(JsonObject object) {
    Map<String, Json> sorted = new TreeMap<>();
    for (Map.Entry<String, Json> member : object.members().entrySet()) {
      sorted.put(member.getKey(), value(member.getValue()));
    }
    return sorted;
  }

  static Json value(Json json) {
    if (json instanceof JsonObject object) {
      return new JsonObject(of(object));
    }
    if (json instanceof JsonArray array) {
      List<Json> items = new ArrayList<>(array.items().size());
      for (Json item : array.items()) {
        items.add(value(item));
      }
      return new JsonArray(items);
    }
    return json instanceof JsonNumber number ? new JsonNumber(float64(number.text())) : json;
  }

  /** The shortest text of the nearest float64; with an exponent below 1e-6 and from 1e21 on. */
  private static String float64(String text) {
    boolean digits = text.length() <= LONGEST_EXACT;
    for (int i = 0; i < text.length(); i++) {
      digits &= text.charAt(i) >= '0' && text.charAt(i) <= '9';
    }
    if (digits) {
      return text;
    }
    double value = Double.parseDouble(text);
    double size = Math.abs(value);
    if (size == 0) {
      return text.startsWith("-") ? "-0" : "0";
    }
    BigDecimal exact = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    if (size >= 1e-6 && size < 1e21) {
      return exact.toPlainString();
    }
    String unscaled = exact.unscaledValue().abs().toString();
    int exponent = unscaled.length() - 1 - exact.scale();
    return (value < 0 ? "-" : "")
        + unscaled.charAt(0)
        + (unscaled.length() > 1 ? "." + unscaled.substring(1) : "")
        + (exponent < 0 ? "e" : "e+")
        + exponent;
  }
}
