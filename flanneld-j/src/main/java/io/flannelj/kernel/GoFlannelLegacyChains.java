package io.flannelj.kernel;

import io.flannelj.desired.TrafficRules;
import io.flannelj.libc.LegacyFamily;
import io.flannelj.libc.LegacyTool;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The same chains as {@link GoFlannelChains}, where Go flannel wrote them by iptables-legacy.
 *
 * <p>They are looked for once, after our rules stand for the first time: who writes them again
 * still runs.
 */
public final class GoFlannelLegacyChains {
  private static final Logger LOG = LoggerFactory.getLogger(GoFlannelLegacyChains.class);

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
      LegacyFamily family = LegacyFamily.of(rules.network().isIpv4());
      for (GoFlannelChain chain : GoFlannelChain.replacedBy(rules)) {
        removed += remove(family, chain);
      }
    }
    return removed;
  }

  /** The chains that {@link #remove} would remove; none where their tool is not at hand. */
  public List<String> present(List<TrafficRules> families) {
    List<String> names = new ArrayList<>();
    for (TrafficRules rules : families) {
      LegacyFamily family = LegacyFamily.of(rules.network().isIpv4());
      try {
        for (GoFlannelChain chain : GoFlannelChain.replacedBy(rules)) {
          if (!save(family, chain).isEmpty()) {
            names.add("legacy chain " + chain.table() + " " + chain.name());
          }
        }
      } catch (IOException e) {
        LOG.debug("legacy chains cannot be seen", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return names;
  }

  /** The table's lines, none if it has no such chain. */
  private static List<String> save(LegacyFamily family, GoFlannelChain chain)
      throws IOException, InterruptedException {
    // Asking for a table that is not there would load its module.
    if (!family.isLoaded(chain.table())) {
      return List.of();
    }
    List<String> rules = LegacyTool.save(family, chain.table());
    boolean has = rules.stream().anyMatch(line -> line.startsWith(":" + chain.name() + " "));
    return has ? rules : List.of();
  }

  private int remove(LegacyFamily family, GoFlannelChain which) {
    String tool = family.program();
    String table = which.table();
    String chain = which.name();
    try {
      List<String> rules = save(family, which);
      if (rules.isEmpty()) {
        return 0;
      }
      StringBuilder change = new StringBuilder("*" + table + "\n");
      for (String rule : rules) {
        if (rule.endsWith(" -j " + chain)) {
          if (!rule.startsWith("-A " + which.base() + " ")) {
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
      LegacyTool.change(family, change.toString());
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

  /** What stays and why, a line each. */
  public List<String> remarks() {
    return List.copyOf(remarks);
  }
}
