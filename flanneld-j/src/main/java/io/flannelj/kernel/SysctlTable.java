package io.flannelj.kernel;

import io.flannelj.reconcile.KernelTable;
import io.flannelj.sysctl.Sysctl;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Kernel parameters. Key: the path under /proc/sys. They are never taken back: who else relies on
 * forwarding cannot be known. Keys that this kernel lacks (IPv6 switched off) are passed over.
 *
 * <p>That a device hears no router advertisements is a precaution. Where a container's /proc/sys is
 * read-only it stays as the node has it; what forwarding needs fails there and names the remedy.
 */
public final class SysctlTable implements KernelTable<String, String> {
  private static final String FORWARDING_IPV6 = "net/ipv6/conf/all/forwarding";

  private final Sysctl sysctl;
  private final Map<String, String> wanted = new HashMap<>();
  private final Set<String> unwritable = new HashSet<>();

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
    wanted.forEach(
        (key, value) ->
            present.put(key, unwritable.contains(key) ? value : sysctl.read(key).orElse(value)));
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
        write(key, value);
      } catch (RuntimeException e) {
        failures.put(key, e);
      }
    }
    return failures;
  }

  private void write(String key, String value) {
    if (!isPrecaution(key, value)) {
      sysctl.write(key, value);
    } else if (!sysctl.writeWherePermitted(key, value) && sysctl.read(key).isPresent()) {
      // A key that is absent comes with its device, and may be written then.
      unwritable.add(key);
    }
  }

  /** Not so 2 on the uplink: without it the node loses its default route. */
  private static boolean isPrecaution(String key, String value) {
    return key.endsWith("/accept_ra") && value.equals("0");
  }
}
