package io.flannelj.cli;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Flags that the command line does not give come from FLANNELD_ and the flag's name in capitals, as
 * in flannel.
 */
final class FlanneldEnvironment implements IDefaultValueProvider {
  private static final String PREFIX = "FLANNELD_";

  private final Map<String, String> environment;

  /** Of this process; picocli makes it. */
  FlanneldEnvironment() {
    this(System.getenv());
  }

  FlanneldEnvironment(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  @Override
  public @Nullable String defaultValue(ArgSpec argument) {
    if (argument instanceof OptionSpec option) {
      return environment.get(variable(option));
    }
    return null;
  }

  private static String variable(OptionSpec option) {
    return PREFIX
        + option.longestName().replaceFirst("^-+", "").replace('-', '_').toUpperCase(Locale.ROOT);
  }

  /** Names with the prefix that belong to no flag. */
  static Optional<String> unknown(Map<String, String> environment) {
    Set<String> unknown = new TreeSet<>();
    for (String name : environment.keySet()) {
      if (name.startsWith(PREFIX)) {
        unknown.add(name);
      }
    }
    new CommandLine(new RunCommand())
        .getCommandSpec()
        .options()
        .forEach(option -> unknown.remove(variable(option)));
    return unknown.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", unknown));
  }
}
