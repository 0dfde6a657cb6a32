package io.flannelj.cni.server;

import java.util.Optional;
import java.util.function.Consumer;

/** What daemon and stand-alone process have in common: the same handler with the same plugins. */
public final class CniService {
  private CniService() {}

  /** The build that hello names: the version in the jar's manifest. */
  public static String build() {
    return Optional.ofNullable(CniService.class.getPackage().getImplementationVersion())
        .orElse("0.1.0-unpacked");
  }

  /**
   * The handler of all plugins.
   *
   * @param log takes one line for each event worth knowing
   */
  public static CallHandler handler(Consumer<String> log) {
    return call -> {
      log.accept("no plugin is wired: " + call.request().plugin());
      return ErrorObject.answer(
          ErrorObject.INTERNAL, "no plugin " + call.request().plugin(), "this build has none");
    };
  }
}
