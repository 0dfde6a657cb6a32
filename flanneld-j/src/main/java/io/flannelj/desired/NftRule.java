package io.flannelj.desired;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A rule: matches, then a verdict.
 *
 * @param statements in nft's order
 */
public record NftRule(List<NftStatement> statements) {
  /** Copies the list. */
  public NftRule {
    statements = List.copyOf(statements);
  }

  /** Of these statements. */
  public static NftRule of(NftStatement... statements) {
    return new NftRule(List.of(statements));
  }

  /** As {@code nft list ruleset} prints it. */
  public String words() {
    return statements.stream().map(NftStatement::words).collect(Collectors.joining(" "));
  }
}
