package io.flannelj.cni;

import io.flannelj.cni.delegate.Delegates;
import io.flannelj.cni.json.JsonObject;
import java.util.Optional;

/** What a plugin sees of one call. Not for use by several threads at once. */
public final class PluginContext {
  private final String calledType;
  private final CniEnvironment environment;
  private final NetConf conf;
  private final CallerEnvironment caller;
  private final PluginRegistry registry;
  private final StringBuilder log;

  /**
   * For one call.
   *
   * @param environment checked for the verb
   * @param conf the configuration, with a name
   * @param caller files, namespace and plugins on the caller's side
   * @param registry the plugins that run in this process
   */
  public PluginContext(
      CniEnvironment environment, NetConf conf, CallerEnvironment caller, PluginRegistry registry) {
    this(conf.type(), environment, conf, caller, registry, new StringBuilder());
  }

  private PluginContext(
      String calledType,
      CniEnvironment environment,
      NetConf conf,
      CallerEnvironment caller,
      PluginRegistry registry,
      StringBuilder log) {
    this.calledType = calledType;
    this.environment = environment;
    this.conf = conf;
    this.caller = caller;
    this.registry = registry;
    this.log = log;
  }

  /** Type of the plugin that the runtime called: its call holds the attachment's lock. */
  public String calledType() {
    return calledType;
  }

  /** The CNI_* variables. */
  public CniEnvironment environment() {
    return environment;
  }

  /** The network configuration. */
  public NetConf conf() {
    return conf;
  }

  /** The caller's side. */
  public CallerEnvironment caller() {
    return caller;
  }

  /** The caller's files. */
  public CallerFiles files() {
    return caller.files();
  }

  /**
   * The pod's namespace, for a plugin that cannot do without.
   *
   * @throws CniError code 8 that says why there is none
   */
  public PodNamespace requirePod() {
    if (caller.pod().isPresent()) {
      return caller.pod().get();
    }
    String problem =
        caller.podProblem().isPresent() ? caller.podProblem().get().text() : "no namespace given";
    throw new CniError(
        CniError.INVALID_NETNS,
        "failed to open netns \"" + environment.netns() + "\": " + problem,
        "CNI_NETNS must be a path of the pod's network namespace, such as /run/netns/NAME");
  }

  /** Calls plugins on this plugin's behalf: ours in this process, others on the caller's side. */
  public Delegates delegates() {
    return new Delegates(this, registry);
  }

  /** The same call with another configuration, for a delegate. */
  public PluginContext withConf(JsonObject raw) {
    return new PluginContext(calledType, environment, NetConf.of(raw), caller, registry, log);
  }

  /** The same call with another verb: an ADD that fails calls its delegate's DEL. */
  public PluginContext withCommand(String command) {
    return new PluginContext(
        calledType, environment.withCommand(command), conf, caller, registry, log);
  }

  /** The same call without a namespace: it is the host's own and must not be touched. */
  PluginContext withoutPod() {
    return new PluginContext(
        calledType, environment.withoutNetns(), conf, new PodlessCaller(caller), registry, log);
  }

  /** One line for the runtime's log: standard error. */
  public void log(String line) {
    log.append(line).append('\n');
  }

  /** All lines so far. */
  public String logged() {
    return log.toString();
  }

  private record PodlessCaller(CallerEnvironment caller) implements CallerEnvironment {
    @Override
    public CallerFiles files() {
      return caller.files();
    }

    @Override
    public Optional<PodNamespace> pod() {
      return Optional.empty();
    }

    @Override
    public Optional<PodProblem> podProblem() {
      return Optional.of(new PodProblem(false, "it is the host's own namespace"));
    }

    @Override
    public ForeignPlugins foreign() {
      return caller.foreign();
    }
  }
}
