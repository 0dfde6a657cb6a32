package io.flannelj.cni.json;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An object that keeps the order of its members.
 *
 * <p>Names are looked up as Go's decoder does: exactly, else without regard to case (containerd
 * sends {@code HostPort} where the specification says {@code hostPort}). {@code null} counts as
 * absent. The typed getters throw a {@link JsonException} that names key, expected and found kind.
 *
 * @param members names and values in order
 */
public record JsonObject(Map<String, Json> members) implements Json {
  /** An object without members. */
  public static final JsonObject EMPTY = new JsonObject(Map.of());

  /** Copies the map. */
  public JsonObject {
    members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
  }

  /** The value of a member, {@code null} too; exact name first, then any case, the last one. */
  public Optional<Json> findRaw(String name) {
    Json exact = members.get(name);
    if (exact != null || members.containsKey(name)) {
      return Optional.ofNullable(exact);
    }
    Optional<Json> found = Optional.empty();
    for (Map.Entry<String, Json> member : members.entrySet()) {
      if (member.getKey().equalsIgnoreCase(name)) {
        found = Optional.of(member.getValue());
      }
    }
    return found;
  }

  /** The value of a member that is not {@code null}; exact name first, then any case. */
  public Optional<Json> find(String name) {
    Optional<Json> found = findRaw(name);
    return found.isPresent() && found.get() == JsonNull.NULL ? Optional.empty() : found;
  }

  /** Whether there is a member that is not {@code null}. */
  public boolean has(String name) {
    return find(name).isPresent();
  }

  /** A string. */
  public Optional<String> text(String name) {
    Json value = find(name).orElse(JsonNull.NULL);
    if (value == JsonNull.NULL) {
      return Optional.empty();
    }
    if (value instanceof JsonString string) {
      return Optional.of(string.value());
    }
    throw unexpected(name, value, "string");
  }

  /** A string, or the empty one where it is absent. */
  public String textOrEmpty(String name) {
    return text(name).orElse("");
  }

  /** {@code true} or {@code false}. */
  public Optional<Boolean> bool(String name) {
    Json value = find(name).orElse(JsonNull.NULL);
    if (value == JsonNull.NULL) {
      return Optional.empty();
    }
    if (value instanceof JsonBoolean bool) {
      return Optional.of(bool.value());
    }
    throw unexpected(name, value, "bool");
  }

  /** A whole number within a range, both ends included. */
  public Optional<Long> integer(String name, long least, long most) {
    Json value = find(name).orElse(JsonNull.NULL);
    if (value == JsonNull.NULL) {
      return Optional.empty();
    }
    if (!(value instanceof JsonNumber number)) {
      throw unexpected(name, value, "number");
    }
    long integer;
    try {
      integer = number.toLong();
    } catch (JsonException e) {
      throw new JsonException("key \"" + name + "\": " + e.getMessage());
    }
    if (integer < least || integer > most) {
      throw new JsonException(
          "key \"" + name + "\": " + integer + " is not within " + least + ".." + most);
    }
    return Optional.of(integer);
  }

  /** A whole number of 32 bits. */
  public Optional<Integer> integer(String name) {
    Optional<Long> value = integer(name, Integer.MIN_VALUE, Integer.MAX_VALUE);
    return value.isPresent() ? Optional.of(value.get().intValue()) : Optional.empty();
  }

  /** An object. */
  public Optional<JsonObject> object(String name) {
    Json value = find(name).orElse(JsonNull.NULL);
    if (value == JsonNull.NULL) {
      return Optional.empty();
    }
    if (value instanceof JsonObject object) {
      return Optional.of(object);
    }
    throw unexpected(name, value, "object");
  }

  /** The elements of an array; none where it is absent. */
  public List<Json> array(String name) {
    Json value = find(name).orElse(JsonNull.NULL);
    if (value == JsonNull.NULL) {
      return List.of();
    }
    if (value instanceof JsonArray array) {
      return array.items();
    }
    throw unexpected(name, value, "array");
  }

  /** The elements of an array of objects; none where it is absent. */
  public List<JsonObject> objects(String name) {
    List<JsonObject> objects = new ArrayList<>();
    for (Json item : array(name)) {
      if (!(item instanceof JsonObject object)) {
        throw unexpected(name, item, "array of objects");
      }
      objects.add(object);
    }
    return objects;
  }

  /** The elements of an array of strings; none where it is absent. */
  public List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    for (Json item : array(name)) {
      if (!(item instanceof JsonString string)) {
        throw unexpected(name, item, "array of strings");
      }
      texts.add(string.value());
    }
    return texts;
  }

  /** The same object with one member set: replaced in its place, else at the end. */
  public JsonObject with(String name, Json value) {
    Map<String, Json> changed = new LinkedHashMap<>(members);
    changed.put(name, value);
    return new JsonObject(changed);
  }

  /** The same object without a member of exactly this name. */
  public JsonObject without(String name) {
    Map<String, Json> changed = new LinkedHashMap<>(members);
    changed.remove(name);
    return new JsonObject(changed);
  }

  @Override
  public String kind() {
    return "object";
  }

  private static JsonException unexpected(String name, Json found, String expected) {
    return new JsonException(
        "key \"" + name + "\": expected " + expected + ", found " + found.kind());
  }
}
