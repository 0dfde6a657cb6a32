package io.flannelj.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code flanneld-j leases}. */
@Command(
    name = "leases",
    description = "Lists all leases, as this node sees them.",
    mixinStandardHelpOptions = true)
final class LeasesCommand implements Runnable {
  @Mixin private ClientOptions client;

  @Override
  public void run() {
    System.out.print(client.daemon().get("/leases"));
  }
}
