package io.flannelj.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code flanneld-j status}. */
@Command(
    name = "status",
    description = "Tells how this node's network stands.",
    mixinStandardHelpOptions = true)
final class StatusCommand implements Runnable {
  @Mixin private ClientOptions client;

  @Override
  public void run() {
    System.out.print(client.daemon().get("/status"));
  }
}
