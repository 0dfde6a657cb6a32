package io.flannelj.netlink.nftables;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;
import java.nio.ByteBuffer;

/**
 * A table: what holds chains and sets of one family, and is deleted as a whole.
 *
 * @param name family and name
 * @param flags NFT_TABLE_F_*: 1 dormant, 2 owned by a process
 * @param comment empty for none; kernels before 5.10 lose it
 */
public record Table(TableName name, int flags, String comment) {
  static final int NFTA_TABLE_NAME = 1;
  private static final int NFTA_TABLE_FLAGS = 2;
  private static final int NFTA_TABLE_USERDATA = 6;

  /** A table without flags and comment. */
  public static Table of(TableName name) {
    return new Table(name, 0, "");
  }

  /** The same with a comment. */
  public Table withComment(String text) {
    return new Table(name, flags, text);
  }

  /** Writes the attributes of NFT_MSG_NEWTABLE. */
  public void encode(AttributeWriter out) {
    out.putString(NFTA_TABLE_NAME, name.name());
    out.putU32BigEndian(NFTA_TABLE_FLAGS, flags);
    if (!comment.isEmpty()) {
      out.putBytes(NFTA_TABLE_USERDATA, Userdata.comment(comment));
    }
  }

  /** Reads the body of NFT_MSG_NEWTABLE. */
  public static Table decode(ByteBuffer body) {
    NftFamily family = NftFamily.of(NfGenHeader.decode(body).family());
    AttributeIndex in = AttributeIndex.of(NfGenHeader.attributes(body), NFTA_TABLE_USERDATA);
    return new Table(
        new TableName(family, in.string(NFTA_TABLE_NAME)),
        in.s32OrZero(NFTA_TABLE_FLAGS),
        Userdata.text(in.bytesOrEmpty(NFTA_TABLE_USERDATA), Userdata.COMMENT));
  }
}
