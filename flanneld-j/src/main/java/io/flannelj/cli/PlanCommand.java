package io.flannelj.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code flanneld-j plan [--diff]}. */
@Command(
    name = "plan",
    description = "Prints what must exist in the kernel as ip, bridge, sysctl and nft commands.",
    mixinStandardHelpOptions = true)
final class PlanCommand implements Runnable {
  @Mixin private ClientOptions client;

  @Option(names = "--diff", description = "only what differs from the kernel now")
  private boolean diff;

  @Override
  public void run() {
    System.out.print(client.daemon().get(diff ? "/plan?diff" : "/plan"));
  }
}
