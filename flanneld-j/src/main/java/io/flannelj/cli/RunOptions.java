package io.flannelj.cli;

import io.flannelj.config.ConfigException;
import io.flannelj.config.Options;
import io.flannelj.config.TrafficOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Flags of {@code run}: flannel's, spelled with one dash or two, and a few of ours. */
final class RunOptions {
  static final String STATE_DIR = "/run/flannel-j";
  private static final int MOST_MARGIN = 1439;

  @Option(
      names = "--cni-conf",
      defaultValue = "",
      description =
          "put the CNI configuration here once the network is there, such as"
              + " /etc/cni/net.d/10-flannel.conflist; one that somebody wrote stays")
  private String cniConf;

  @Mixin private StoreFlags store;
  @Mixin private InterfaceFlags interfaces;

  @Option(
      names = "--node-name",
      description = "this node's name in the store (NODE_NAME, else the host name)")
  private Optional<String> nodeName;

  @Option(
      names = "--net-config-path",
      defaultValue = "/etc/kube-flannel/net-conf.json",
      description = "net-conf.json (${DEFAULT-VALUE})")
  private String netConfigPath;

  @Option(
      names = "--subnet-file",
      defaultValue = "/run/flannel/subnet.env",
      description = "subnet.env, written when the network is there (${DEFAULT-VALUE})")
  private String subnetFile;

  @Option(
      names = "--state-dir",
      defaultValue = STATE_DIR,
      description = "where the socket for status, leases and plan is (${DEFAULT-VALUE})")
  private String stateDir;

  @Option(
      names = "--cni-socket",
      defaultValue = "/run/flannel/cni.sock",
      description = "socket of the CNI launchers (${DEFAULT-VALUE})")
  private String cniSocket;

  @Option(
      names = "--ip-masq",
      arity = "0..1",
      fallbackValue = "true",
      defaultValue = "false",
      description = "masquerade pods' traffic to the outside")
  private boolean ipMasq;

  @Option(
      names = "--ip-masq-fully-random-disable",
      arity = "0..1",
      fallbackValue = "true",
      defaultValue = "false",
      description = "do not choose source ports at random")
  private boolean fullyRandomDisabled;

  @Option(
      names = "--iptables-forward-rules",
      arity = "0..1",
      fallbackValue = "true",
      defaultValue = "true",
      description = "accept forwarded pod traffic (${DEFAULT-VALUE})")
  private boolean forwardRules;

  @Option(
      names = "--ip-blackhole-route",
      arity = "0..1",
      fallbackValue = "true",
      defaultValue = "false",
      description = "drop traffic to addresses of our subnet that no pod has, for Canal")
  private boolean blackholeRoute;

  @Option(
      names = "--iptables-resync",
      defaultValue = "5",
      description = "accepted for flannel's sake: changes are noticed by events")
  @SuppressWarnings("UnusedVariable") // Accepted so that flannel's command lines work.
  private int iptablesResync;

  @Option(
      names = "--audit-seconds",
      defaultValue = "60",
      description = "how often everything is compared without cause (${DEFAULT-VALUE})")
  private int auditSeconds;

  @Option(
      names = "--healthz-ip",
      defaultValue = "0.0.0.0",
      description = "address of the health port (${DEFAULT-VALUE})")
  private String healthzIp;

  @Option(
      names = "--healthz-port",
      defaultValue = "0",
      description = "port of /healthz and /readyz, 0: none (${DEFAULT-VALUE})")
  private int healthzPort;

  @Option(
      names = "--subnet-lease-renew-margin",
      defaultValue = "60",
      description =
          "minutes before its end at which the lease is renewed, 1 to 1439 (${DEFAULT-VALUE})")
  private int renewMargin;

  @Option(
      names = {"-v", "--v"},
      defaultValue = "0",
      description = "log level: 0, or more for debugging")
  private int verbosity;

  @Option(
      names = {"--vmodule", "--log_backtrace_at"},
      description = "accepted for flannel's sake: klog's, which has no part here")
  @SuppressWarnings("UnusedVariable") // As above.
  private List<String> klog = List.of();

  int verbosity() {
    return verbosity;
  }

  Options toOptions(Map<String, String> environment) {
    if (renewMargin < 1 || renewMargin > MOST_MARGIN) {
      throw new ConfigException(
          "--subnet-lease-renew-margin " + renewMargin + " is not within 1.." + MOST_MARGIN);
    }
    if (healthzPort < 0 || healthzPort > 65535) {
      throw new ConfigException("--healthz-port " + healthzPort + " is not within 0..65535");
    }
    if (auditSeconds < 1) {
      throw new ConfigException("--audit-seconds " + auditSeconds + " is not positive");
    }
    return new Options(
        givenName(environment).orElseGet(RunOptions::hostName),
        store.toOptions(environment),
        interfaces.toOptions(),
        new TrafficOptions(ipMasq, !fullyRandomDisabled, forwardRules, blackholeRoute),
        netConfigPath,
        subnetFile,
        stateDir,
        cniSocket,
        cniConf,
        healthzIp,
        healthzPort,
        auditSeconds,
        renewMargin);
  }

  /** By flag or environment. */
  Optional<String> givenName(Map<String, String> environment) {
    return nodeName
        .filter(name -> !name.isBlank())
        .or(
            () ->
                Optional.ofNullable(environment.get("NODE_NAME")).filter(name -> !name.isBlank()));
  }

  private static String hostName() {
    try {
      String name = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
      if (!name.isEmpty() && !name.equals("(none)")) {
        return name;
      }
    } catch (IOException e) {
      throw new ConfigException("the host name cannot be read (" + e + "); give --node-name");
    }
    throw new ConfigException("this host has no name; give --node-name");
  }
}
