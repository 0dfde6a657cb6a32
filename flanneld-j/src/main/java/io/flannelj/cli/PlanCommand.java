package io.flannelj.cli;

import io.flannelj.config.ConfigException;
import io.flannelj.config.Options;
import io.flannelj.daemon.PlanAhead;
import io.flannelj.libc.NativeException;
import io.flannelj.store.StoreException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code flanneld-j plan [--diff]}. */
@Command(
    name = "plan",
    description = {
      "Prints what must exist in the kernel as ip, bridge, sysctl and nft commands.",
      "Where no daemon runs yet, with run's flags: what it would do, such as in place of Go flannel."
          + " Changes nothing."
    },
    mixinStandardHelpOptions = true,
    modelTransformer = GoSpelling.class,
    defaultValueProvider = FlanneldEnvironment.class)
final class PlanCommand implements Callable<Integer> {
  @Option(names = "--diff", description = "only what differs from the kernel now")
  private boolean diff;

  @Mixin private RunOptions flags;

  @Override
  public Integer call() throws InterruptedException {
    Options options = flags.toOptions(System.getenv());
    DaemonClient daemon = new DaemonClient(options.stateDir());
    if (daemon.isThere()) {
      System.out.print(daemon.get(diff ? "/plan?diff" : "/plan"));
      return 0;
    }
    try {
      String plan = PlanAhead.print(options, System.getenv(), diff);
      System.out.println("# no daemon runs here; with these flags it would do this");
      System.out.print(plan);
      return 0;
    } catch (StoreException | NativeException | ConfigException e) {
      throw new ConfigException(
          "no daemon answers in "
              + options.stateDir()
              + ", and for a plan ahead of it, with run's flags: "
              + e.getMessage());
    }
  }
}
