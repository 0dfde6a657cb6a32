package io.flannelj.cli;

import io.flannelj.config.ConfigException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** {@code flanneld-j}. */
@Command(
    name = "flanneld-j",
    description = "The pod network of a Linux node.",
    subcommands = {
      RunCommand.class,
      StatusCommand.class,
      LeasesCommand.class,
      DoctorCommand.class,
      PlanCommand.class,
      HelpCommand.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND")
public final class Main {
  private Main() {}

  /** Runs a command; exit status 0, 1 for a failure, 2 for a usage error. */
  public static void main(String[] arguments) {
    CommandLine line = new CommandLine(new Main());
    line.setExecutionExceptionHandler(
        (failure, command, result) -> {
          if (failure instanceof ConfigException || failure instanceof ClientException) {
            command.getErr().println("flanneld-j: " + failure.getMessage());
            return 1;
          }
          throw failure;
        });
    System.exit(line.execute(arguments));
  }
}
