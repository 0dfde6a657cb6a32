package io.flannelj.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** All checks, and their report. */
public final class Doctor {
  private static final int INDENT = 19;

  private Doctor() {}

  /** Judges. */
  public static List<Finding> examine(HostFacts facts) {
    List<Finding> findings = new ArrayList<>(ClusterChecks.run(facts));
    findings.addAll(KernelChecks.run(facts));
    findings.addAll(FirewallChecks.run(facts));
    return findings;
  }

  /** Whether a check failed. */
  public static boolean isIll(List<Finding> findings) {
    return findings.stream().anyMatch(finding -> finding.verdict() == Finding.Verdict.FAIL);
  }

  /** The report: a line for each check, a second one with the remedy where there is one. */
  public static String print(List<Finding> findings) {
    StringBuilder text = new StringBuilder();
    for (Finding finding : findings) {
      String verdict = finding.verdict().name();
      text.append(
          String.format(
              "%-5s %-12s %s%n",
              finding.verdict() == Finding.Verdict.FAIL
                  ? verdict
                  : verdict.toLowerCase(Locale.ROOT),
              finding.check(),
              finding.text()));
      if (!finding.remedy().isEmpty()) {
        text.append(" ".repeat(INDENT)).append("> ").append(finding.remedy()).append('\n');
      }
    }
    return text.append(summary(findings)).toString();
  }

  private static String summary(List<Finding> findings) {
    long failed = count(findings, Finding.Verdict.FAIL);
    long warned = count(findings, Finding.Verdict.WARN);
    return findings.size() + " checks, " + failed + " failed, " + warned + " warnings\n";
  }

  private static long count(List<Finding> findings, Finding.Verdict verdict) {
    return findings.stream().filter(finding -> finding.verdict() == verdict).count();
  }
}
