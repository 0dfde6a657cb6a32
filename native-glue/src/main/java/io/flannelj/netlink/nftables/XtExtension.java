package io.flannelj.netlink.nftables;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.netlink.nftables.expression.Expression;
import io.flannelj.netlink.nftables.expression.UnknownExpression;
import java.nio.ByteBuffer;

/**
 * Extensions of iptables in its nft kind: the expressions {@code match} and {@code target}
 * (nft_compat) with NFTA_MATCH_NAME or NFTA_TARGET_NAME, such as "comment", and in NFTA_MATCH_INFO
 * the extension's own data, such as {@code struct xt_comment_info}, 256 bytes of text.
 */
final class XtExtension {
  // The same number as NFTA_TARGET_NAME.
  private static final int NFTA_MATCH_NAME = 1;
  private static final int NFTA_MATCH_INFO = 3;

  private XtExtension() {}

  static boolean isComment(Expression expression) {
    return is(expression, "match", "comment");
  }

  static boolean isReject(Expression expression) {
    return is(expression, "target", "REJECT");
  }

  private static boolean is(Expression expression, String kind, String name) {
    if (expression instanceof UnknownExpression unknown && unknown.name().equals(kind)) {
      try {
        return attributes(unknown.data()).stringOrEmpty(NFTA_MATCH_NAME).equals(name);
      } catch (DecodeException e) {
        return false;
      }
    }
    return false;
  }

  static String text(UnknownExpression comment) {
    return attributes(comment.data()).stringOrEmpty(NFTA_MATCH_INFO);
  }

  private static AttributeIndex attributes(Bytes data) {
    return AttributeIndex.of(ByteBuffer.wrap(data.toArray()), NFTA_MATCH_INFO);
  }
}
