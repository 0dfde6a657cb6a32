package io.flannelj.cli;

import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.doctor.Doctor;
import io.flannelj.doctor.Finding;
import io.flannelj.doctor.HostReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code flanneld-j doctor}. */
@Command(
    name = "doctor",
    description =
        "Looks for what breaks pods' traffic on this node, with the daemon or without, and names the"
            + " command that mends it. Exit status 1 if a check failed.",
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
  @Mixin private ClientOptions client;

  @Option(
      names = "--net-config-path",
      paramLabel = "FILE",
      defaultValue = "/etc/kube-flannel/net-conf.json",
      description = "net-conf.json, where no daemon answers (${DEFAULT-VALUE})")
  private Path netConfigPath;

  @Option(
      names = "--store-dir",
      paramLabel = "DIR",
      defaultValue = "/var/lib/flannel-j/leases",
      description = "leases, where no daemon answers (${DEFAULT-VALUE})")
  private Path storeDir;

  @Option(
      names = "--cni-conf-dir",
      paramLabel = "DIR",
      defaultValue = "/etc/cni/net.d",
      description = "network configurations of the container runtime (${DEFAULT-VALUE})")
  private Path cniConfDir;

  @Override
  public Integer call() {
    List<Finding> findings =
        Doctor.examine(new HostReader(netConfigPath, storeDir, cniConfDir).read(status()));
    System.out.print(Doctor.print(findings));
    return Doctor.isIll(findings) ? 1 : 0;
  }

  private Optional<JsonObject> status() {
    try {
      return Json.parse(client.daemon().get("/status?json")) instanceof JsonObject page
          ? Optional.of(page)
          : Optional.empty();
    } catch (ClientException e) {
      return Optional.empty();
    }
  }
}
