package io.flannelj.netlink.nftables;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.netlink.nftables.expression.Expression;
import io.flannelj.netlink.nftables.expression.UnknownExpression;
import java.nio.ByteBuffer;

/**
 * iptables-nft's comment match: the expression {@code match} (nft_compat) with NFTA_MATCH_NAME
 * "comment" and in NFTA_MATCH_INFO a {@code struct xt_comment_info}, 256 bytes of text.
 */
final class XtComment {
  private static final int NFTA_MATCH_NAME = 1;
  private static final int NFTA_MATCH_INFO = 3;

  private XtComment() {}

  static boolean isComment(Expression expression) {
    if (expression instanceof UnknownExpression unknown && unknown.name().equals("match")) {
      try {
        return attributes(unknown.data()).stringOrEmpty(NFTA_MATCH_NAME).equals("comment");
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
