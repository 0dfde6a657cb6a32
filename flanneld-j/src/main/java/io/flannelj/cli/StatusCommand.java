package io.flannelj.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code flanneld-j status}. */
@Command(
    name = "status",
    description = "Tells how this node's network stands: lease, device, kernel tables, peers.",
    mixinStandardHelpOptions = true)
final class StatusCommand implements Runnable {
  @Mixin private ClientOptions client;

  @Option(names = "--json", description = "for programs")
  private boolean json;

  @Override
  public void run() {
    System.out.print(client.daemon().get(json ? "/status?json" : "/status"));
  }
}
