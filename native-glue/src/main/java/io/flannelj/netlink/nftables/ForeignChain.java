package io.flannelj.netlink.nftables;

import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.nftables.NftCommand.AddRule;
import io.flannelj.netlink.nftables.NftCommand.Placement;
import io.flannelj.netlink.nftables.expression.Bitwise;
import io.flannelj.netlink.nftables.expression.Compare;
import io.flannelj.netlink.nftables.expression.CompareOp;
import io.flannelj.netlink.nftables.expression.Counter;
import io.flannelj.netlink.nftables.expression.Expression;
import io.flannelj.netlink.nftables.expression.ImmediateVerdict;
import io.flannelj.netlink.nftables.expression.NftData.Verdict;
import io.flannelj.netlink.nftables.expression.PayloadBase;
import io.flannelj.netlink.nftables.expression.PayloadLoad;
import io.flannelj.netlink.nftables.expression.Register;
import io.flannelj.netlink.nftables.expression.Reject;
import io.flannelj.netlink.nftables.expression.VerdictCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Rules of ours in a chain of iptables-nft, such as {@code ip filter FORWARD}. A rule is ours by
 * its comment, and only such are ever deleted. iptables-nft reads them, and shows the comment as
 * its own match. When somebody saves and restores the table it writes them anew in its own form:
 * the comment moves into an xt match, handles and the way prefixes are compared change. So rules
 * are compared by what they do.
 */
public final class ForeignChain {
  private static final int IPV4_SADDR = 12;
  private static final int IPV4_DADDR = 16;
  private static final int IPV6_SADDR = 8;
  private static final int IPV6_DADDR = 24;
  private static final int IPV4_LENGTH = 4;
  private static final int IPV6_LENGTH = 16;

  private ForeignChain() {}

  /** {@code -s PREFIX -m comment --comment COMMENT -j ACCEPT}. */
  public static Rule acceptFrom(ChainName chain, IpPrefix prefix, String comment) {
    return accept(chain, prefix, prefix.isIpv4() ? IPV4_SADDR : IPV6_SADDR, comment);
  }

  /** {@code -d PREFIX -m comment --comment COMMENT -j ACCEPT}. */
  public static Rule acceptTo(ChainName chain, IpPrefix prefix, String comment) {
    return accept(chain, prefix, prefix.isIpv4() ? IPV4_DADDR : IPV6_DADDR, comment);
  }

  /**
   * In the form that every iptables-nft reads: those before 1.8.6 take a compared part of an
   * address for the whole, so the whole is compared under a mask.
   */
  private static Rule accept(ChainName chain, IpPrefix prefix, int offset, String comment) {
    byte[] address = prefix.masked().address().toBytes();
    List<Expression> steps = new ArrayList<>();
    steps.add(new PayloadLoad(PayloadBase.NETWORK, offset, address.length, Register.REG_1));
    if (prefix.length() < prefix.address().bitLength()) {
      steps.add(mask(prefix.length(), address.length));
    }
    steps.add(new Compare(CompareOp.EQ, Register.REG_1, Bytes.of(address)));
    steps.add(new Counter());
    steps.add(new ImmediateVerdict(Verdict.of(VerdictCode.ACCEPT)));
    return new Rule(chain, 0, steps, comment);
  }

  /** The rules among these that are ours, by a comment in either form. */
  public static List<Rule> ours(List<Rule> present, String comment) {
    return present.stream().filter(rule -> rule.anyComment().equals(comment)).toList();
  }

  /** Whether a rule drops or rejects whatever comes to it, so that none behind it is reached. */
  public static boolean refusesAll(Rule rule) {
    List<Expression> steps = meaning(rule.expressions());
    if (steps.size() != 1) {
      return false;
    }
    return steps.get(0) instanceof Reject
        || XtExtension.isReject(steps.get(0))
        || steps.get(0).equals(new ImmediateVerdict(Verdict.of(VerdictCode.DROP)));
  }

  /** The rules of a chain before the first that refuses all; all if there is none. */
  public static List<Rule> reached(List<Rule> chain) {
    return chain.stream().takeWhile(rule -> !refusesAll(rule)).toList();
  }

  /**
   * The batch that makes our rules in the chain what they must be; empty if they are. Where they
   * are among foreign rules is not changed as long as all are there in their order, and before a
   * rule that refuses all.
   *
   * @param chain the chain
   * @param desired our rules, all with the comment; none to take them out
   * @param present all rules of the chain, as dumped
   * @param comment by which ours are known
   * @param placement at which end of the chain they go when they are missing
   */
  public static NftBatch difference(
      ChainName chain,
      List<Rule> desired,
      List<Rule> present,
      String comment,
      Placement placement) {
    List<Rule> ours = ours(present, comment);
    List<Rule> reached = reached(present);
    NftBatch batch = new NftBatch();
    if (meanings(ours).equals(meanings(desired)) && reached.containsAll(ours)) {
      return batch;
    }
    ours.forEach(rule -> batch.deleteRule(chain, rule.handle()));
    for (int i = 0; i < desired.size(); i++) {
      boolean first = placement == Placement.INSERT;
      Rule rule = desired.get(first ? desired.size() - 1 - i : i);
      batch.append(
          first || reached.size() == present.size()
              ? new AddRule(rule, placement, 0)
              : new AddRule(rule, Placement.INSERT, present.get(reached.size()).handle()));
    }
    return batch;
  }

  private static List<List<Expression>> meanings(List<Rule> rules) {
    return rules.stream().map(rule -> meaning(rule.expressions())).toList();
  }

  /** The steps without counters and comments, prefixes compared under a mask. */
  static List<Expression> meaning(List<Expression> steps) {
    List<Expression> plain = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      Expression step = steps.get(i);
      if (step instanceof PayloadLoad load
          && i + 1 < steps.size()
          && steps.get(i + 1) instanceof Compare compare
          && isPart(load, compare)) {
        plain.addAll(whole(load, compare));
        i++;
      } else if (!(step instanceof Counter) && !XtExtension.isComment(step)) {
        plain.add(step);
      }
    }
    return plain;
  }

  private static boolean isPart(PayloadLoad load, Compare compare) {
    return load.base() == PayloadBase.NETWORK
        && load.length() < addressLength(load.offset())
        && load.length() == compare.data().length()
        && load.target().equals(compare.source());
  }

  private static int addressLength(int offset) {
    return switch (offset) {
      case IPV4_SADDR, IPV4_DADDR -> IPV4_LENGTH;
      case IPV6_SADDR, IPV6_DADDR -> IPV6_LENGTH;
      default -> 0;
    };
  }

  private static List<Expression> whole(PayloadLoad load, Compare compare) {
    int length = addressLength(load.offset());
    Bytes padded = Bytes.of(Arrays.copyOf(compare.data().toArray(), length));
    return List.of(
        new PayloadLoad(load.base(), load.offset(), length, load.target()),
        mask(8 * load.length(), length),
        new Compare(compare.op(), compare.source(), padded));
  }

  private static Bitwise mask(int ones, int length) {
    byte[] mask = new byte[length];
    for (int bit = 0; bit < ones; bit++) {
      mask[bit / 8] |= (byte) (0x80 >>> (bit % 8));
    }
    return new Bitwise(Register.REG_1, Register.REG_1, Bytes.of(mask), Bytes.of(new byte[length]));
  }
}
