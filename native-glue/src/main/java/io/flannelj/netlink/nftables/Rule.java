package io.flannelj.netlink.nftables;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.nftables.expression.Expression;
import io.flannelj.netlink.nftables.expression.ExpressionCodec;
import io.flannelj.netlink.nftables.expression.UnknownExpression;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A rule.
 *
 * @param chain that holds it
 * @param handle the kernel's number for it, unique within its table; 0 before it has one
 * @param expressions its steps
 * @param comment at most 127 bytes, empty for none
 */
public record Rule(ChainName chain, long handle, List<Expression> expressions, String comment) {
  static final int NFTA_RULE_TABLE = 1;
  static final int NFTA_RULE_CHAIN = 2;
  static final int NFTA_RULE_HANDLE = 3;
  static final int NFTA_RULE_EXPRESSIONS = 4;
  static final int NFTA_RULE_POSITION = 6;
  private static final int NFTA_RULE_USERDATA = 7;

  /** Copies the list. */
  public Rule {
    expressions = List.copyOf(expressions);
  }

  /** The same with a comment. */
  public Rule withComment(String text) {
    return new Rule(chain, handle, expressions, text);
  }

  /** The comment, or that of iptables-nft, which is a match; empty for none. */
  public String anyComment() {
    if (!comment.isEmpty()) {
      return comment;
    }
    for (Expression step : expressions) {
      if (step instanceof UnknownExpression unknown && XtExtension.isComment(step)) {
        return XtExtension.text(unknown);
      }
    }
    return "";
  }

  /** The same in another chain, of the same table or another. */
  public Rule in(ChainName other) {
    return new Rule(other, handle, expressions, comment);
  }

  /** What was asked for, without what the kernel adds: no handle, counters at zero. */
  public Rule normalised() {
    for (Expression expression : expressions) {
      if (!expression.withoutState().equals(expression)) {
        return new Rule(
            chain, 0, expressions.stream().map(Expression::withoutState).toList(), comment);
      }
    }
    return handle == 0 ? this : new Rule(chain, 0, expressions, comment);
  }

  /** Writes the attributes of NFT_MSG_NEWRULE, without handle. */
  public void encode(AttributeWriter out) {
    out.putString(NFTA_RULE_TABLE, chain.table().name());
    out.putString(NFTA_RULE_CHAIN, chain.name());
    out.nested(NFTA_RULE_EXPRESSIONS, list -> ExpressionCodec.encode(list, expressions));
    if (!comment.isEmpty()) {
      out.putBytes(NFTA_RULE_USERDATA, Userdata.comment(comment));
    }
  }

  /** Reads the body of NFT_MSG_NEWRULE. */
  public static Rule decode(ByteBuffer body) {
    NftFamily family = NftFamily.of(NfGenHeader.decode(body).family());
    AttributeIndex in = AttributeIndex.of(NfGenHeader.attributes(body), NFTA_RULE_USERDATA);
    return new Rule(
        new ChainName(
            new TableName(family, in.string(NFTA_RULE_TABLE)), in.string(NFTA_RULE_CHAIN)),
        in.u64OrZero(NFTA_RULE_HANDLE),
        in.has(NFTA_RULE_EXPRESSIONS)
            ? ExpressionCodec.decode(in.reader(NFTA_RULE_EXPRESSIONS))
            : List.of(),
        Userdata.text(in.bytesOrEmpty(NFTA_RULE_USERDATA), Userdata.COMMENT));
  }
}
