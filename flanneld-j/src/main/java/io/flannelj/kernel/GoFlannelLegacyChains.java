package io.flannelj.kernel;

import io.flannelj.desired.TrafficRules;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The same chains as {@link GoFlannelChains}, where Go flannel wrote them by iptables-legacy.
 *
 * <p>The kernel takes such a table only as a whole, from whoever knows all extensions in it: so it
 * is changed by its own tool, iptables-legacy-restore(8), which does all of one table at once. It
 * is asked once, after our rules stand for the first time: who writes them again still runs.
 */
public final class GoFlannelLegacyChains {
  private static final Logger LOG = LoggerFactory.getLogger(GoFlannelLegacyChains.class);
  private static final Path NET = Path.of("/proc/thread-self/net");

  private final List<String> remarks = new ArrayList<>();
  private boolean done;

  /**
   * Removes, the first time, what our rules, which stand, make needless. What fails is told and
   * left.
   *
   * @return how many chains
   */
  public int remove(List<TrafficRules> families) {
    if (done) {
      return 0;
    }
    done = true;
    int removed = 0;
    for (TrafficRules rules : families) {
      boolean ipv4 = rules.network().isIpv4();
      if (rules.masquerade()) {
        removed += remove(ipv4, "nat", "POSTROUTING", "FLANNEL-POSTRTG");
      }
      if (rules.forward()) {
        removed += remove(ipv4, "filter", "FORWARD", "FLANNEL-FWD");
      }
    }
    return removed;
  }

  /** The chains that {@link #remove} would remove; none where their tool is not at hand. */
  public List<String> present(List<TrafficRules> families) {
    List<String> names = new ArrayList<>();
    for (TrafficRules rules : families) {
      boolean ipv4 = rules.network().isIpv4();
      try {
        if (rules.masquerade() && !save(ipv4, "nat", "FLANNEL-POSTRTG").isEmpty()) {
          names.add("legacy chain nat FLANNEL-POSTRTG");
        }
        if (rules.forward() && !save(ipv4, "filter", "FLANNEL-FWD").isEmpty()) {
          names.add("legacy chain filter FLANNEL-FWD");
        }
      } catch (IOException e) {
        LOG.debug("legacy chains cannot be seen", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return names;
  }

  private static String tool(boolean ipv4) {
    return ipv4 ? "iptables-legacy" : "ip6tables-legacy";
  }

  /** The table's lines, none if it has no such chain. */
  private static List<String> save(boolean ipv4, String table, String chain)
      throws IOException, InterruptedException {
    // Asking for a table that is not there would load its module.
    if (!isLoaded(ipv4 ? "ip_tables_names" : "ip6_tables_names", table)) {
      return List.of();
    }
    List<String> rules = run("", tool(ipv4) + "-save", "-t", table);
    boolean has = rules.stream().anyMatch(line -> line.startsWith(":" + chain + " "));
    return has ? rules : List.of();
  }

  private int remove(boolean ipv4, String table, String base, String chain) {
    String tool = tool(ipv4);
    try {
      List<String> rules = save(ipv4, table, chain);
      if (rules.isEmpty()) {
        return 0;
      }
      StringBuilder change = new StringBuilder("*" + table + "\n");
      for (String rule : rules) {
        if (rule.endsWith(" -j " + chain)) {
          if (!rule.startsWith("-A " + base + " ")) {
            remarks.add(
                "Go flannel's legacy chain "
                    + chain
                    + " is needless, but somebody else's rule \""
                    + rule
                    + "\" jumps to it");
            return 0;
          }
          change.append("-D").append(rule.substring(2)).append('\n');
        }
      }
      change.append("-F " + chain + "\n-X " + chain + "\nCOMMIT\n");
      run(change.toString(), tool + "-restore", "--noflush", "-w", "5");
      return 1;
    } catch (IOException e) {
      remarks.add(
          "a legacy chain "
              + chain
              + " of Go flannel may be left, which cannot be seen: "
              + e.getMessage()
              + "; look with "
              + tool
              + " -t "
              + table
              + " -S");
      LOG.warn("{}", remarks.get(remarks.size() - 1));
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  private static boolean isLoaded(String names, String table) {
    try {
      return Files.readAllLines(NET.resolve(names)).contains(table);
    } catch (IOException e) {
      return false;
    }
  }

  private static List<String> run(String input, String... command)
      throws IOException, InterruptedException {
    Process program = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (OutputStream stdin = program.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    }
    List<String> lines;
    try (InputStream out = program.getInputStream()) {
      lines = new String(out.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
    if (program.waitFor() != 0) {
      throw new IOException(command[0] + ": " + String.join(" ", lines));
    }
    return lines;
  }

  /** What stays and why, a line each. */
  public List<String> remarks() {
    return List.copyOf(remarks);
  }
}
