package io.flannelj.cni;

import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonArray;
import io.flannelj.cni.json.JsonException;
import io.flannelj.cni.json.JsonNull;
import io.flannelj.cni.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A plugin's configuration, as it comes on standard input.
 *
 * @param cniVersion as written, empty if absent
 * @param name the network's name
 * @param type the plugin's type
 * @param ipam the IPAM plugin's part, empty if absent
 * @param runtimeConfig values of the declared capabilities, empty if absent
 * @param args {@code args.cni}, empty if absent
 * @param raw all of it
 */
public record NetConf(
    String cniVersion,
    String name,
    String type,
    JsonObject ipam,
    JsonObject runtimeConfig,
    JsonObject args,
    JsonObject raw) {

  /**
   * Reads standard input.
   *
   * @throws CniError code 6 if it is not a JSON object; code 7 if the name is missing or invalid
   */
  public static NetConf parse(byte[] stdin) {
    Json json;
    try {
      json = Json.parse(stdin);
    } catch (JsonException e) {
      throw undecodable(e.getMessage());
    }
    if (!(json instanceof JsonObject raw)) {
      throw undecodable("expected object, found " + json.kind());
    }
    String name;
    try {
      name = raw.textOrEmpty("name");
    } catch (JsonException e) {
      throw undecodable(e.getMessage());
    }
    if (name.isEmpty()) {
      throw new CniError(
          CniError.INVALID_CONFIG, "missing network name", "give the configuration a \"name\"");
    }
    if (!CniEnvironment.isName(name)) {
      throw new CniError(CniError.INVALID_CONFIG, "invalid characters found in network name", name);
    }
    return of(raw);
  }

  /**
   * From JSON that has been read already, for a delegate.
   *
   * @throws CniError code 6 for a cniVersion that is no text; code 7 for another key of a wrong
   *     kind
   */
  public static NetConf of(JsonObject raw) {
    String cniVersion;
    try {
      cniVersion = raw.textOrEmpty("cniVersion");
    } catch (JsonException e) {
      throw new CniError(
          CniError.DECODE_FAILURE, "decoding version from network config: " + e.getMessage());
    }
    try {
      return new NetConf(
          cniVersion,
          raw.textOrEmpty("name"),
          raw.textOrEmpty("type"),
          raw.object("ipam").orElse(JsonObject.EMPTY),
          raw.object("runtimeConfig").orElse(JsonObject.EMPTY),
          cniArgs(raw),
          raw);
    } catch (JsonException e) {
      throw new CniError(
          CniError.INVALID_CONFIG, "failed to parse network configuration: " + e.getMessage());
    }
  }

  /** {@code args} is a convention that a plugin may ignore, so another shape is no error. */
  private static JsonObject cniArgs(JsonObject raw) {
    if (raw.find("args").orElse(JsonNull.NULL) instanceof JsonObject args
        && args.find("cni").orElse(JsonNull.NULL) instanceof JsonObject cni) {
      return cni;
    }
    return JsonObject.EMPTY;
  }

  /**
   * The version.
   *
   * @throws CniError code 6 if it is malformed
   */
  public CniVersion version() {
    return CniVersion.parse(cniVersion);
  }

  /**
   * The result of the plugin before, or for CHECK and DEL of the whole list.
   *
   * @throws CniError code 6 if it cannot be read in the configuration's version
   */
  public Optional<CniResult> prevResult() {
    try {
      Optional<JsonObject> prev = raw.object("prevResult");
      return prev.isPresent()
          ? Optional.of(CniResult.parse(prev.get(), version()))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      throw new CniError(CniError.DECODE_FAILURE, "could not parse prevResult: " + e.getMessage());
    }
  }

  /** Type of the IPAM plugin, empty for none. */
  public String ipamType() {
    return ipam.textOrEmpty("type");
  }

  /**
   * For GC: the attachments of this network that are still valid. Nothing if the runtime did not
   * say (absent or null): then nothing may be removed on its word.
   *
   * @throws CniError code 7 if the list is malformed
   */
  public Optional<List<Attachment>> validAttachments() {
    Json list = raw.find("cni.dev/valid-attachments").orElse(JsonNull.NULL);
    if (list == JsonNull.NULL) {
      // The name that the library misspelled first (containernetworking/cni#1101).
      list = raw.find("cni.dev/attachments").orElse(JsonNull.NULL);
    }
    if (list == JsonNull.NULL) {
      return Optional.empty();
    }
    List<Attachment> valid = new ArrayList<>();
    if (list instanceof JsonArray array) {
      for (Json item : array.items()) {
        if (item instanceof JsonObject object
            && !object.textOrEmpty("containerID").isEmpty()
            && !object.textOrEmpty("ifname").isEmpty()) {
          valid.add(
              new Attachment(
                  name, object.textOrEmpty("containerID"), object.textOrEmpty("ifname")));
        } else {
          // One entry that cannot be read means that something valid might be taken for garbage.
          throw malformedList(item);
        }
      }
      return Optional.of(valid);
    }
    throw malformedList(list);
  }

  private static CniError malformedList(Json found) {
    return new CniError(
        CniError.INVALID_CONFIG,
        "cni.dev/valid-attachments: expected objects with containerID and ifname, found "
            + found.toCompactText());
  }

  private static CniError undecodable(String problem) {
    return new CniError(CniError.DECODE_FAILURE, "error unmarshall network config: " + problem);
  }
}
