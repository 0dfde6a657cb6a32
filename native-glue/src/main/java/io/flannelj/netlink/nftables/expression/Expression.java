package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeWriter;

/**
 * One step of a rule, as the kernel's virtual machine carries it out (NFTA_EXPR_NAME and
 * NFTA_EXPR_DATA, include/uapi/linux/netfilter/nf_tables.h). Steps pass values in registers; a
 * comparison that fails ends the rule.
 *
 * <p>Values equal what the kernel reports: defaults that it fills in are filled in here too.
 */
public sealed interface Expression
    permits Bitwise,
        ByteOrderSwap,
        Compare,
        Counter,
        CtLoad,
        CtStore,
        Fib,
        ImmediateData,
        ImmediateVerdict,
        Limit,
        Log,
        Lookup,
        Masquerade,
        MetaLoad,
        MetaStore,
        Nat,
        Notrack,
        NumberGenerator,
        PayloadLoad,
        PayloadStore,
        RangeCheck,
        Redirect,
        Reject,
        UnknownExpression {

  /** The kernel's name, such as {@code payload}. */
  String name();

  /** Writes the attributes inside NFTA_EXPR_DATA. */
  void encodeData(AttributeWriter out);

  /** The expression without what traffic changes in it: counters are zero. */
  default Expression withoutState() {
    return this;
  }

  /** Writes the expression as an element of an expression list. */
  default void encode(AttributeWriter out) {
    out.nested(
        ExpressionCodec.NFTA_LIST_ELEM,
        element -> {
          element.putString(ExpressionCodec.NFTA_EXPR_NAME, name());
          if (!(this instanceof Notrack)) {
            element.nested(ExpressionCodec.NFTA_EXPR_DATA, this::encodeData);
          }
        });
  }
}
