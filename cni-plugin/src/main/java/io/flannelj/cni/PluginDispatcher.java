package io.flannelj.cni;

import io.flannelj.cni.CallerDirectory.FileLock;
import io.flannelj.cni.attachment.Attachments;
import io.flannelj.cni.delegate.Versions;
import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonArray;
import io.flannelj.cni.json.JsonException;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.cni.json.JsonString;
import io.flannelj.libc.Errno;
import io.flannelj.libc.NativeException;
import io.flannelj.netlink.NetlinkException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * From a call to its answer: checks the environment and the configuration in the order of the
 * reference library, runs the plugin under the attachment's lock, prints the result in the
 * configuration's version. Never throws.
 */
public final class PluginDispatcher {
  /** How long a call waits for another call of the same attachment. */
  private static final Duration PATIENCE = Duration.ofSeconds(25);

  private final PluginRegistry registry;
  private final Attachments attachments;
  private final Supplier<Availability> daemon;

  /** Over the plugins that run in this process, which is no daemon. */
  public PluginDispatcher(PluginRegistry registry, Attachments attachments) {
    this(registry, attachments, Availability.Available::new);
  }

  /**
   * Over the plugins that run in this process.
   *
   * @param daemon what the daemon says of the node's network
   */
  public PluginDispatcher(
      PluginRegistry registry, Attachments attachments, Supplier<Availability> daemon) {
    this.registry = registry;
    this.attachments = attachments;
    this.daemon = daemon;
  }

  /** Serves one call. */
  public CniAnswer dispatch(CniCall call, CallerEnvironment caller) {
    StringBuilder stderr = new StringBuilder();
    try {
      Optional<Plugin> plugin = registry.find(call.plugin());
      if (plugin.isEmpty()) {
        throw new CniError(
            CniError.INTERNAL,
            "no plugin \"" + call.plugin() + "\" here; there are " + registry.types());
      }
      return new CniAnswer(0, serve(plugin.get(), call, caller, stderr), stderr.toString());
    } catch (CniError e) {
      return failure(e, stderr);
    } catch (JsonException e) {
      return failure(new CniError(CniError.INVALID_CONFIG, e.getMessage(), e), stderr);
    } catch (NativeException e) {
      return failure(error(e), stderr);
    } catch (RuntimeException | StackOverflowError e) {
      StringWriter trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      stderr.append(trace);
      String text = e.getMessage() == null ? e.toString() : e.getMessage();
      return failure(new CniError(CniError.INTERNAL, text, e), stderr);
    }
  }

  private static CniError error(NativeException e) {
    String text = String.valueOf(e.getMessage());
    if (e.errno() == Errno.EMFILE || e.errno() == Errno.ENFILE) {
      // Other calls give some back.
      return new CniError(CniError.TRY_AGAIN, text, remedy(e));
    }
    return e instanceof NetlinkException
        ? new CniError(CniError.INTERNAL, text, e)
        : new CniError(CniError.IO_FAILURE, text, remedy(e));
  }

  private static String remedy(NativeException e) {
    return switch (e.errno()) {
      case EACCES, EPERM, EROFS ->
          "the daemon may not do this: check owner, mode and mount of that path";
      case ENOSPC, EDQUOT -> "make room on the file system of that path";
      case ENOTDIR -> "a file is in the place of a directory: move it, or name another path";
      case EMFILE -> CniError.OPEN_FILES_REMEDY;
      case ENFILE -> "too many files are open on this node: raise the sysctl fs.file-max";
      default -> "check that path, and the kernel's log for errors of its file system";
    };
  }

  private static CniAnswer failure(CniError error, StringBuilder stderr) {
    return new CniAnswer(1, error.toJson().toPrettyText(), stderr.toString());
  }

  private String serve(
      Plugin plugin, CniCall call, CallerEnvironment caller, StringBuilder stderr) {
    if (call.command().isEmpty()) {
      stderr.append("CNI ").append(plugin.type()).append(" plugin\n");
      stderr.append("CNI protocol versions supported: ");
      stderr.append(String.join(", ", versionTexts(plugin))).append('\n');
      return "";
    }
    CniEnvironment environment = CniEnvironment.of(call.environment());
    if (environment.command().equals("VERSION")) {
      return versions(plugin);
    }
    NetConf conf = NetConf.parse(call.stdin());
    PluginContext context = new PluginContext(environment, conf, caller, registry);
    try {
      return switch (environment.command()) {
        case "ADD" -> add(plugin, context);
        case "DEL" -> del(plugin, context);
        case "CHECK" -> check(plugin, context);
        case "GC" -> gc(plugin, context);
        case "STATUS" -> status(plugin, context);
        default ->
            throw new CniError(
                CniError.INVALID_ENVIRONMENT, "unknown CNI_COMMAND: " + environment.command());
      };
    } finally {
      stderr.append(context.logged());
    }
  }

  private String add(Plugin plugin, PluginContext context) {
    CniVersion version = context.conf().version();
    Versions.require(plugin, context.conf());
    if (isHostNamespace(context)) {
      throw hostNamespace(context);
    }
    if (plugin.addChangesNothing(context.conf())) {
      return plugin.add(context).toJson(version).toPrettyText();
    }
    FileLock held = lock(context);
    boolean kept = false;
    try {
      CniResult result = plugin.add(context);
      String text;
      try {
        text = result.toJson(version).toPrettyText();
      } catch (CniError e) {
        takeBack(plugin, context);
        throw e;
      }
      kept = context.caller().keep(held);
      return text;
    } finally {
      if (!kept) {
        held.close();
      }
    }
  }

  /** Nobody will know of this attachment. The failure that led here is the one to report. */
  private static void takeBack(Plugin plugin, PluginContext context) {
    try {
      plugin.del(context.withCommand("DEL"));
    } catch (RuntimeException e) {
      context.log(plugin.type() + ": a failed ADD cannot be taken back: " + e.getMessage());
    }
  }

  private String del(Plugin plugin, PluginContext context) {
    context.conf().version();
    Versions.require(plugin, context.conf());
    boolean host = isHostNamespace(context);
    FileLock held = lock(context);
    try {
      // What is outside the namespace must be released in any case; inside is the host itself.
      plugin.del(host ? context.withoutPod() : context);
    } finally {
      held.close();
    }
    if (host) {
      throw hostNamespace(context);
    }
    return "";
  }

  private String check(Plugin plugin, PluginContext context) {
    requireVerb(plugin, context.conf(), "CHECK", CniVersion.V0_4_0);
    FileLock held = lock(context);
    try {
      plugin.check(context);
      return "";
    } finally {
      held.close();
    }
  }

  private static String gc(Plugin plugin, PluginContext context) {
    requireVerb(plugin, context.conf(), "GC", CniVersion.V1_1_0);
    plugin.gc(context);
    return "";
  }

  private String status(Plugin plugin, PluginContext context) {
    requireVerb(plugin, context.conf(), "STATUS", CniVersion.V1_1_0);
    new StatusVerb(plugin, daemon.get()).run(context);
    return "";
  }

  private FileLock lock(PluginContext context) {
    if (context.caller().hasLock()) {
      return () -> {};
    }
    CniEnvironment environment = context.environment();
    Attachment attachment =
        new Attachment(context.conf().name(), environment.containerId(), environment.ifName());
    Optional<FileLock> lock =
        attachments.lock(context.files(), context.calledType(), attachment, PATIENCE);
    if (lock.isEmpty()) {
      throw new CniError(
          CniError.TRY_AGAIN,
          "another call of " + attachment + " has not ended for " + PATIENCE.toSeconds() + " s");
    }
    return lock.get();
  }

  private static boolean isHostNamespace(PluginContext context) {
    Optional<PodNamespace> pod = context.caller().pod();
    return !context.environment().netnsOverride() && pod.isPresent() && pod.get().isHostNamespace();
  }

  private static CniError hostNamespace(PluginContext context) {
    return new CniError(
        CniError.INVALID_NETNS,
        "plugin's netns and netns from CNI_NETNS should not be the same",
        "CNI_NETNS "
            + context.environment().netns()
            + " is the host's own namespace: name the pod's, such as /run/netns/NAME");
  }

  /** CHECK, GC and STATUS exist from a version on, of configuration and plugin. */
  private static void requireVerb(Plugin plugin, NetConf conf, String verb, CniVersion since) {
    CniVersion wanted = conf.version();
    if (!wanted.isAtLeast(since)) {
      throw new CniError(CniError.INCOMPATIBLE_VERSION, "config version does not allow " + verb);
    }
    for (CniVersion version : plugin.versions()) {
      if (version.isAtLeast(wanted)) {
        Versions.require(plugin, conf);
        return;
      }
    }
    throw new CniError(CniError.INCOMPATIBLE_VERSION, "plugin version does not allow " + verb);
  }

  private static List<String> versionTexts(Plugin plugin) {
    List<String> texts = new ArrayList<>();
    for (CniVersion version : plugin.versions()) {
      texts.add(version.toString());
    }
    return texts;
  }

  private static String versions(Plugin plugin) {
    Map<String, Json> json = new LinkedHashMap<>();
    json.put("cniVersion", new JsonString(CniVersion.V1_1_0.toString()));
    json.put("supportedVersions", JsonArray.ofStrings(versionTexts(plugin)));
    return new JsonObject(json).toCompactText();
  }
}
