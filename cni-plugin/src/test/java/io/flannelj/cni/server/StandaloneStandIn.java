package io.flannelj.cni.server;

import java.nio.charset.StandardCharsets;

/** The stand-alone process with a handler that names the process which answers. */
final class StandaloneStandIn {
  private StandaloneStandIn() {}

  public static void main(String[] arguments) {
    String pid = Long.toString(ProcessHandle.current().pid());
    CallHandler handler = call -> Answer.of(0, pid.getBytes(StandardCharsets.US_ASCII));
    System.exit(StandaloneMain.run(handler, arguments));
  }
}
