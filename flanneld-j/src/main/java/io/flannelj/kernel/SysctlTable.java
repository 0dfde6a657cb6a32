package io.flannelj.kernel;

import io.flannelj.reconcile.KernelTable;
import io.flannelj.sysctl.Sysctl;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Kernel parameters. Key: the path under /proc/sys. They are never taken back: who else relies on
 * forwarding cannot be known. Keys that this kernel lacks (IPv6 switched off) are passed over.
 */
public final class SysctlTable implements KernelTable<String, String> {
  private static final String FORWARDING_IPV6 = "net/ipv6/conf/all/forwarding";

  private final Sysctl sysctl;
  private final Map<String, String> wanted = new HashMap<>();

  /** Over the thread's /proc/sys. */
  public SysctlTable(Sysctl sysctl) {
    this.sysctl = sysctl;
  }

  @Override
  public String name() {
    return "sysctl";
  }

  /** Only keys once put are looked at again: everything else in /proc/sys is not ours. */
  @Override
  public Map<String, String> dumpOwned() {
    Map<String, String> present = new HashMap<>();
    wanted.forEach((key, value) -> present.put(key, sysctl.read(key).orElse(value)));
    return present;
  }

  @Override
  public Map<String, RuntimeException> apply(
      Map<String, String> toPut, Map<String, String> toRemove) {
    Map<String, RuntimeException> failures = new HashMap<>();
    List<String> keys = new ArrayList<>(toPut.keySet());
    // Last: what must outlive the change is set before.
    keys.sort(Comparator.comparing(FORWARDING_IPV6::equals));
    for (String key : keys) {
      String value = Objects.requireNonNull(toPut.get(key), "a key has a value");
      wanted.put(key, value);
      try {
        sysctl.write(key, value);
      } catch (RuntimeException e) {
        failures.put(key, e);
      }
    }
    return failures;
  }
}
