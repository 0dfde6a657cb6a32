package io.flannelj.cni.delegate;

import io.flannelj.cni.CniAnswer;
import io.flannelj.cni.CniError;
import io.flannelj.cni.CniResult;
import io.flannelj.cni.CniVersion;
import io.flannelj.cni.Plugin;
import io.flannelj.cni.PluginContext;
import io.flannelj.cni.PluginRegistry;
import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/** Calls plugins on behalf of the plugin of one call. Their errors pass as they are. */
public final class Delegates {
  private final PluginContext context;
  private final PluginRegistry registry;

  /** For the plugin of this call. */
  public Delegates(PluginContext context, PluginRegistry registry) {
    this.context = context;
    this.registry = registry;
  }

  /**
   * ADD.
   *
   * @param type the delegate's type
   * @param conf its whole configuration, name and cniVersion included
   * @throws CniError as the delegate reported it
   */
  public CniResult add(String type, JsonObject conf) {
    Optional<Plugin> ours = find(type);
    if (ours.isPresent()) {
      PluginContext inner = inner(ours.get(), "ADD", conf);
      return ours.get().add(inner);
    }
    CniAnswer answer = execute(type, "ADD", conf);
    try {
      Json json = Json.parse(answer.stdout());
      if (json instanceof JsonObject result) {
        return CniResult.parse(result, version(result, conf));
      }
      throw new IllegalArgumentException("expected object, found " + json.kind());
    } catch (IllegalArgumentException e) {
      throw new CniError(
          CniError.DECODE_FAILURE,
          "plugin " + type + " printed a result that cannot be read: " + e.getMessage(),
          e);
    }
  }

  /** DEL. */
  public void del(String type, JsonObject conf) {
    Optional<Plugin> ours = find(type);
    if (ours.isPresent()) {
      ours.get().del(inner(ours.get(), "DEL", conf));
    } else {
      execute(type, "DEL", conf);
    }
  }

  /** CHECK. */
  public void check(String type, JsonObject conf) {
    Optional<Plugin> ours = find(type);
    if (ours.isPresent()) {
      ours.get().check(inner(ours.get(), "CHECK", conf));
    } else {
      execute(type, "CHECK", conf);
    }
  }

  /** GC. */
  public void gc(String type, JsonObject conf) {
    Optional<Plugin> ours = find(type);
    if (ours.isPresent()) {
      ours.get().gc(inner(ours.get(), "GC", conf));
    } else {
      execute(type, "GC", conf);
    }
  }

  /** STATUS. */
  public void status(String type, JsonObject conf) {
    Optional<Plugin> ours = find(type);
    if (ours.isPresent()) {
      ours.get().status(inner(ours.get(), "STATUS", conf));
    } else {
      execute(type, "STATUS", conf);
    }
  }

  /** Whether plugins of this type run in this process. */
  public boolean isOurs(String type) {
    return registry.find(type).isPresent();
  }

  private Optional<Plugin> find(String type) {
    if (type.isEmpty()) {
      throw new CniError(CniError.INVALID_CONFIG, "no plugin name provided");
    }
    if (type.indexOf('/') >= 0) {
      throw new CniError(CniError.INVALID_CONFIG, "invalid plugin name: \"" + type + "\"");
    }
    return registry.find(type);
  }

  private PluginContext inner(Plugin plugin, String command, JsonObject conf) {
    PluginContext inner = context.withConf(conf).withCommand(command);
    Versions.require(plugin, inner.conf());
    return inner;
  }

  private CniAnswer execute(String type, String command, JsonObject conf) {
    byte[] stdin = conf.toCompactText().getBytes(StandardCharsets.UTF_8);
    // Where the dispatcher has taken the namespace away, a foreign plugin must not get it either.
    Map<String, String> extra =
        context.environment().netns().isEmpty() ? Map.of("CNI_NETNS", "") : Map.of();
    CniAnswer answer = context.caller().foreign().execute(type, command, stdin, extra);
    if (answer.isSuccess()) {
      return answer;
    }
    if (answer.stdout().isEmpty()) {
      throw new CniError(
          CniError.INTERNAL,
          answer.stderr().isEmpty()
              ? "netplugin failed with no error message: exit status " + answer.exitStatus()
              : "netplugin failed: \"" + answer.stderr().strip() + "\"",
          "plugin " + type);
    }
    Optional<CniError> error = CniError.parse(answer.stdout());
    if (error.isPresent()) {
      throw error.get();
    }
    throw new CniError(
        CniError.INTERNAL,
        "netplugin failed but error parsing its diagnostic message \"" + answer.stdout() + "\"",
        "plugin " + type);
  }

  /** A result is read in its own version, else in the configuration's. */
  private static CniVersion version(JsonObject result, JsonObject conf) {
    String own = result.textOrEmpty("cniVersion");
    return CniVersion.parse(own.isEmpty() ? conf.textOrEmpty("cniVersion") : own);
  }
}
