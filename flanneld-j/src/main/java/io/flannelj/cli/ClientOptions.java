package io.flannelj.cli;

import picocli.CommandLine.Option;

/** Where the daemon listens. */
final class ClientOptions {
  @Option(
      names = "--state-dir",
      paramLabel = "DIR",
      defaultValue = RunOptions.STATE_DIR,
      description = "the daemon's state directory (${DEFAULT-VALUE})")
  private String stateDir;

  DaemonClient daemon() {
    return new DaemonClient(stateDir);
  }
}
