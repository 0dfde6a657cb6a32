package io.flannelj.kernel;

import io.flannelj.desired.TrafficRules;
import io.flannelj.libc.LegacyFamily;
import io.flannelj.libc.LegacyTables;
import io.flannelj.libc.LegacyTool;
import io.flannelj.net.IpPrefix;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Our two accept rules in iptables-legacy's chain FORWARD, where it drops what no rule accepts: by
 * the policy that Docker sets, or by a rule for all packets, before which ours then are. Where
 * nothing is dropped, none are needed, and the tool is not run.
 */
public final class LegacyForward {
  private static final String TABLE = "filter";
  private static final String RULE = "-A FORWARD ";
  private static final String ACCEPT =
      " -m comment --comment \"" + ForwardTable.COMMENT + "\" -j ACCEPT";
  private static final Pattern REFUSES_ALL =
      Pattern.compile(
          RULE + "(-m comment --comment (\"([^\"\\\\]|\\\\.)*\"|\\S+) )?-j (DROP|REJECT( .*)?)");

  private LegacyForward() {}

  /** Whether a rule as iptables-save(8) prints it refuses whatever comes to it in FORWARD. */
  public static boolean refusesAll(String rule) {
    return REFUSES_ALL.matcher(rule).matches();
  }

  /** Whether pods' packets are let through, and none of our rules is left over. */
  static boolean isRight(TrafficRules rules) {
    LegacyFamily family = LegacyFamily.of(rules.network().isIpv4());
    if (!family.isLoaded(TABLE)) {
      return true;
    }
    LegacyTables.Filter filter = LegacyTables.filter(family);
    byte[] network = rules.network().masked().address().toBytes();
    int length = rules.network().length();
    boolean leftOver =
        ours(filter)
            .anyMatch(
                rule ->
                    !rules.forward()
                        || !(rule.isFrom(network, length) || rule.isTo(network, length)));
    boolean passes =
        !rules.forward()
            || !filter.forwardDrops()
            || (filter.acceptsFrom(network, length) && filter.acceptsTo(network, length));
    return passes && !leftOver;
  }

  private static Stream<LegacyTables.Accept> ours(LegacyTables.Filter filter) {
    return filter.accepts().stream().filter(rule -> rule.comment().equals(ForwardTable.COMMENT));
  }

  /**
   * Removes our rules of a family that is not used any more.
   *
   * @return whether there were any
   */
  static boolean remove(LegacyFamily family) {
    if (!family.isLoaded(TABLE) || ours(LegacyTables.filter(family)).findAny().isEmpty()) {
      return false;
    }
    write(family, Optional.empty());
    return true;
  }

  /**
   * Makes it so.
   *
   * @throws IllegalStateException naming what the tool says
   */
  static void mend(TrafficRules rules) {
    write(
        LegacyFamily.of(rules.network().isIpv4()),
        Optional.of(rules.network().masked()).filter(network -> rules.forward()));
  }

  private static void write(LegacyFamily family, Optional<IpPrefix> network) {
    try {
      LegacyTool.change(family, change(LegacyTool.save(family, TABLE), network));
    } catch (IOException e) {
      throw new IllegalStateException(
          "our rules in " + family.program() + "'s chain FORWARD: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** What takes our rules out of a saved table and puts those for a network in. */
  private static String change(List<String> saved, Optional<IpPrefix> network) {
    StringBuilder change = new StringBuilder("*" + TABLE + "\n");
    int number = 1;
    int before = 0;
    for (String rule : saved) {
      if (rule.startsWith(RULE) && rule.endsWith(ACCEPT)) {
        change.append("-D").append(rule.substring(2)).append('\n');
      } else if (rule.startsWith(RULE)) {
        if (before == 0 && refusesAll(rule)) {
          before = number;
        }
        number++;
      }
    }
    boolean drops = before > 0 || saved.stream().anyMatch(line -> line.startsWith(":FORWARD DROP"));
    if (network.isPresent() && drops) {
      String insert = before > 0 ? "-I FORWARD " + before : "-A FORWARD";
      for (String side : List.of(" -d ", " -s ")) {
        change.append(insert + side + network.get() + ACCEPT + "\n");
      }
    }
    return change.append("COMMIT\n").toString();
  }
}
