package io.flannelj.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Go's flag package takes {@code -ip-masq} and {@code --ip-masq} alike, and manifests use both; so
 * every long name is given its spelling with one dash.
 */
final class GoSpelling implements IModelTransformer {
  @Override
  public CommandSpec transform(CommandSpec command) {
    for (OptionSpec option : List.copyOf(command.options())) {
      List<String> names = new ArrayList<>(Arrays.asList(option.names()));
      Stream.of(option.names())
          .filter(name -> name.startsWith("--"))
          .map(name -> name.substring(1))
          .filter(name -> !names.contains(name))
          .forEach(names::add);
      if (names.size() > option.names().length) {
        command.remove(option);
        command.addOption(OptionSpec.builder(option).names(names.toArray(String[]::new)).build());
      }
    }
    return command;
  }
}
