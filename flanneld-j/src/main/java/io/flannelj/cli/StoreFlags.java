package io.flannelj.cli;

import io.flannelj.config.ConfigException;
import io.flannelj.config.StoreOptions;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Flags that say where leases are kept. */
final class StoreFlags {
  @Option(
      names = "--store",
      description = "lease store: directory, etcd or kubernetes (directory; of flanneld: etcd)")
  private Optional<String> store;

  @Option(names = "--store-default", hidden = true, defaultValue = "directory")
  private String storeDefault;

  @Option(
      names = "--store-dir",
      defaultValue = "/var/lib/flannel-j/leases",
      description = "directory of the store 'directory' (${DEFAULT-VALUE})")
  private String storeDir;

  @Option(
      names = "--snapshot-dir",
      defaultValue = "/var/lib/flannel-j",
      description = "where the last good snapshot of the store is kept (${DEFAULT-VALUE})")
  private String snapshotDir;

  @Mixin private EtcdFlags etcd;
  @Mixin private KubernetesFlags kubernetes;

  StoreOptions toOptions(Map<String, String> environment) {
    return new StoreOptions(
        kind(), storeDir, snapshotDir, etcd.toOptions(), kubernetes.toOptions(environment));
  }

  private StoreOptions.Kind kind() {
    Optional<StoreOptions.Kind> named =
        store.filter(text -> !text.isEmpty()).map(StoreFlags::parse);
    if (!kubernetes.chosen()) {
      return named.orElseGet(() -> parse(storeDefault));
    }
    if (named.filter(kind -> kind != StoreOptions.Kind.KUBERNETES).isPresent()) {
      throw new ConfigException(
          "--store " + spelled(named.get()) + " contradicts --kube-subnet-mgr: give one of them");
    }
    return StoreOptions.Kind.KUBERNETES;
  }

  private static StoreOptions.Kind parse(String text) {
    return Arrays.stream(StoreOptions.Kind.values())
        .filter(kind -> spelled(kind).equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigException(
                    "--store \""
                        + text
                        + "\" is unknown; there are "
                        + Arrays.stream(StoreOptions.Kind.values())
                            .map(StoreFlags::spelled)
                            .collect(Collectors.joining(", "))));
  }

  private static String spelled(StoreOptions.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }
}
