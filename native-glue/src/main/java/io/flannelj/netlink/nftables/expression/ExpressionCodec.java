package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.codec.DecodeException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Lists of expressions as attributes. */
public final class ExpressionCodec {
  static final int NFTA_LIST_ELEM = 1;
  static final int NFTA_EXPR_NAME = 1;
  static final int NFTA_EXPR_DATA = 2;

  // No expression that we know has a higher attribute.
  private static final int HIGHEST = 16;

  private ExpressionCodec() {}

  /** Writes the elements of a list, without the attribute around it. */
  public static void encode(AttributeWriter out, List<Expression> expressions) {
    for (Expression expression : expressions) {
      expression.encode(out);
    }
  }

  /**
   * Reads the elements of a list.
   *
   * @throws DecodeException naming the expression, if one is damaged; one that we do not know is no
   *     error but an {@link UnknownExpression}
   */
  public static List<Expression> decode(AttributeReader list) {
    List<Expression> expressions = new ArrayList<>();
    while (list.next()) {
      if (list.type() == NFTA_LIST_ELEM) {
        expressions.add(decodeOne(list.nested()));
      }
    }
    return List.copyOf(expressions);
  }

  /** Reads one expression: its name and its data. */
  public static Expression decodeOne(AttributeReader element) {
    AttributeIndex outer = AttributeIndex.of(element, NFTA_EXPR_DATA);
    String name = outer.string(NFTA_EXPR_NAME);
    Bytes data = outer.bytesOrEmpty(NFTA_EXPR_DATA);
    try {
      // The kernel empties the data of what has only defaults, such as masq.
      AttributeIndex in = AttributeIndex.of(ByteBuffer.wrap(data.toArray()), HIGHEST);
      Expression expression = typed(name, in, data);
      return in.isComplete() ? expression : new UnknownExpression(name, data);
    } catch (DecodeException e) {
      throw new DecodeException("expression " + name, e);
    }
  }

  private static Expression typed(String name, AttributeIndex in, Bytes data) {
    return switch (name) {
      case "meta" -> in.has(MetaLoad.NFTA_META_SREG) ? MetaStore.decode(in) : MetaLoad.decode(in);
      case "ct" -> in.has(CtLoad.NFTA_CT_SREG) ? CtStore.decode(in) : CtLoad.decode(in);
      case "payload" ->
          in.has(PayloadStore.NFTA_PAYLOAD_SREG) ? PayloadStore.decode(in) : PayloadLoad.decode(in);
      case "cmp" -> Compare.decode(in);
      case "range" -> RangeCheck.decode(in);
      case "bitwise" -> Bitwise.decode(in);
      case "byteorder" -> ByteOrderSwap.decode(in);
      case "lookup" -> Lookup.decode(in);
      case "immediate" -> ImmediateVerdict.decode(in);
      case "masq" -> Masquerade.decode(in);
      case "nat" -> Nat.decode(in);
      case "redir" -> Redirect.decode(in);
      case "fib" -> Fib.decode(in);
      case "counter" -> Counter.decode(in);
      case "limit" -> Limit.decode(in);
      case "log" -> Log.decode(in);
      case "reject" -> Reject.decode(in);
      case "notrack" -> new Notrack();
      case "numgen" -> NumberGenerator.decode(in);
      default -> new UnknownExpression(name, data);
    };
  }
}
