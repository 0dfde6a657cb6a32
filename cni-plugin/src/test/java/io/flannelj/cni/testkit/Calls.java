package io.flannelj.cni.testkit;

import io.flannelj.cni.CallerEnvironment;
import io.flannelj.cni.CniAnswer;
import io.flannelj.cni.CniCall;
import io.flannelj.cni.CniError;
import io.flannelj.cni.Plugin;
import io.flannelj.cni.PluginDispatcher;
import io.flannelj.cni.PluginRegistry;
import io.flannelj.cni.attachment.Attachments;
import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Calls plugins as a runtime does, through the dispatcher. */
public final class Calls {
  private final PluginDispatcher dispatcher;
  private final CallerEnvironment caller;
  private final Map<String, String> environment = new LinkedHashMap<>();

  /** For plugins that share one caller. */
  public Calls(CallerEnvironment caller, Attachments attachments, Plugin... plugins) {
    this.caller = caller;
    this.dispatcher = new PluginDispatcher(new PluginRegistry(List.of(plugins)), attachments);
    environment.put("CNI_CONTAINERID", "dummy");
    environment.put("CNI_NETNS", "/run/netns/dummy");
    environment.put("CNI_IFNAME", "eth0");
    environment.put("CNI_PATH", "/opt/cni/bin");
  }

  /** Attachments of a boot called {@code this-boot} whose veths are all there. */
  public static Attachments attachments() {
    return new Attachments("this-boot", record -> false);
  }

  /** Sets a variable for all further calls; empty: as if it were unset. */
  public Calls with(String name, String value) {
    environment.put(name, value);
    return this;
  }

  /** Calls with another container. */
  public Calls container(String id) {
    return with("CNI_CONTAINERID", id);
  }

  /** One call. */
  public CniAnswer call(String plugin, String verb, String conf) {
    Map<String, String> variables = new LinkedHashMap<>(environment);
    variables.put("CNI_COMMAND", verb);
    return dispatcher.dispatch(
        new CniCall(plugin, variables, conf.getBytes(StandardCharsets.UTF_8)), caller);
  }

  /** A call that succeeds and prints an object. */
  public JsonObject result(String plugin, String verb, String conf) {
    CniAnswer answer = call(plugin, verb, conf);
    if (answer.isSuccess() && Json.parse(answer.stdout()) instanceof JsonObject object) {
      return object;
    }
    throw new AssertionError(verb + " of " + plugin + ": " + answer);
  }

  /** A call that succeeds and prints nothing. */
  public void silent(String plugin, String verb, String conf) {
    CniAnswer answer = call(plugin, verb, conf);
    if (!answer.isSuccess() || !answer.stdout().isEmpty()) {
      throw new AssertionError(verb + " of " + plugin + ": " + answer);
    }
  }

  /** A call that fails. */
  public CniError error(String plugin, String verb, String conf) {
    CniAnswer answer = call(plugin, verb, conf);
    if (answer.exitStatus() != 1) {
      throw new AssertionError(verb + " of " + plugin + " did not fail: " + answer);
    }
    return CniError.parse(answer.stdout()).orElseThrow();
  }
}
