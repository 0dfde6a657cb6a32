package io.flannelj.netlink.nftables;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.Bytes;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A set, map or verdict map, without its elements.
 *
 * @param name table and name
 * @param key type of its keys
 * @param data type of its values, empty for a set
 * @param flags what it can do
 * @param timeoutMillis after which elements end unless they say otherwise, 0 for never
 * @param size most elements, 0 for no limit
 * @param comment at most 127 bytes, empty for none
 */
public record NftSet(
    SetName name,
    SetType key,
    Optional<SetType> data,
    Set<SetFlag> flags,
    long timeoutMillis,
    long size,
    String comment) {
  static final int NFTA_SET_TABLE = 1;
  static final int NFTA_SET_NAME = 2;
  private static final int NFTA_SET_FLAGS = 3;
  private static final int NFTA_SET_KEY_TYPE = 4;
  private static final int NFTA_SET_KEY_LEN = 5;
  private static final int NFTA_SET_DATA_TYPE = 6;
  private static final int NFTA_SET_DATA_LEN = 7;
  private static final int NFTA_SET_DESC = 9;
  private static final int NFTA_SET_ID = 10;
  private static final int NFTA_SET_TIMEOUT = 11;
  private static final int NFTA_SET_USERDATA = 13;
  private static final int NFTA_SET_DESC_SIZE = 1;
  private static final int NFTA_SET_DESC_CONCAT = 2;
  private static final int NFTA_LIST_ELEM = 1;
  private static final int NFTA_SET_FIELD_LEN = 1;
  private static final int NFT_SET_MAP = 0x8;
  private static final int NFT_SET_CONCAT = 0x80;

  /** Keeps the flags in the kernel's order. */
  public NftSet {
    flags = flags.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(flags));
  }

  /** A set of values, or of concatenations. */
  public static NftSet set(SetName name, DataType... key) {
    return new NftSet(name, SetType.of(key), Optional.empty(), Set.of(), 0, 0, "");
  }

  /** A map. */
  public static NftSet map(SetName name, SetType key, SetType data) {
    return new NftSet(name, key, Optional.of(data), Set.of(), 0, 0, "");
  }

  /** A verdict map. */
  public static NftSet verdictMap(SetName name, DataType... key) {
    return map(name, SetType.of(key), SetType.VERDICT);
  }

  /** The same with a comment. */
  public NftSet withComment(String text) {
    return new NftSet(name, key, data, flags, timeoutMillis, size, text);
  }

  /** The same with another flag. */
  public NftSet with(SetFlag flag) {
    EnumSet<SetFlag> more = EnumSet.of(flag);
    more.addAll(flags);
    return new NftSet(name, key, data, more, timeoutMillis, size, comment);
  }

  /** The same with a default timeout of its elements in milliseconds. */
  public NftSet withTimeout(long millis) {
    return new NftSet(name, key, data, flags, millis, size, comment).with(SetFlag.TIMEOUT);
  }

  /** Whether it is a map or verdict map. */
  public boolean isMap() {
    return data.isPresent();
  }

  /** Whether a range is two elements in the kernel: its first value, and the one after its last. */
  boolean hasEndElements() {
    return flags.contains(SetFlag.INTERVAL) && !key.isConcatenation();
  }

  private boolean isConcatenatedRange() {
    return flags.contains(SetFlag.INTERVAL) && key.isConcatenation();
  }

  /**
   * Writes the attributes of NFT_MSG_NEWSET.
   *
   * @param id a number that no other set of the batch has
   */
  public void encode(AttributeWriter out, int id) {
    out.putString(NFTA_SET_TABLE, name.table().name());
    out.putString(NFTA_SET_NAME, name.name());
    int bits = (isMap() ? NFT_SET_MAP : 0) | (isConcatenatedRange() ? NFT_SET_CONCAT : 0);
    for (SetFlag flag : flags) {
      bits |= flag.bit();
    }
    out.putU32BigEndian(NFTA_SET_FLAGS, bits);
    out.putU32BigEndian(NFTA_SET_KEY_TYPE, key.number());
    out.putU32BigEndian(NFTA_SET_KEY_LEN, key.length());
    data.ifPresent(
        type -> {
          out.putU32BigEndian(NFTA_SET_DATA_TYPE, type.number());
          out.putU32BigEndian(NFTA_SET_DATA_LEN, type.length());
        });
    out.putU32BigEndian(NFTA_SET_ID, id);
    if (isConcatenatedRange() || size > 0) {
      out.nested(NFTA_SET_DESC, this::encodeDescription);
    }
    if (timeoutMillis > 0) {
      out.putU64BigEndian(NFTA_SET_TIMEOUT, timeoutMillis);
    }
    out.putBytes(NFTA_SET_USERDATA, userdata());
  }

  private void encodeDescription(AttributeWriter description) {
    if (size > 0) {
      description.putU32BigEndian(NFTA_SET_DESC_SIZE, size);
    }
    if (isConcatenatedRange()) {
      List<DataType> parts = key.parts();
      description.nested(
          NFTA_SET_DESC_CONCAT,
          concat ->
              parts.forEach(
                  part ->
                      concat.nested(
                          NFTA_LIST_ELEM,
                          field -> field.putU32BigEndian(NFTA_SET_FIELD_LEN, part.length()))));
    }
  }

  private Bytes userdata() {
    Userdata userdata = new Userdata().number(Userdata.SET_KEY_BYTE_ORDER, key.byteOrder());
    data.ifPresent(type -> userdata.number(Userdata.SET_DATA_BYTE_ORDER, type.byteOrder()));
    if (!comment.isEmpty()) {
      userdata.text(Userdata.SET_COMMENT, comment);
    }
    return userdata.toBytes();
  }

  /** Reads the body of NFT_MSG_NEWSET. */
  public static NftSet decode(ByteBuffer body) {
    NftFamily family = NftFamily.of(NfGenHeader.decode(body).family());
    AttributeIndex in = AttributeIndex.of(NfGenHeader.attributes(body), NFTA_SET_USERDATA);
    int bits = in.s32OrZero(NFTA_SET_FLAGS);
    Set<SetFlag> flags = EnumSet.noneOf(SetFlag.class);
    for (SetFlag flag : SetFlag.values()) {
      if ((bits & flag.bit()) != 0) {
        flags.add(flag);
      }
    }
    return new NftSet(
        new SetName(new TableName(family, in.string(NFTA_SET_TABLE)), in.string(NFTA_SET_NAME)),
        new SetType(in.s32OrZero(NFTA_SET_KEY_TYPE) & 0xffffffffL, in.s32OrZero(NFTA_SET_KEY_LEN)),
        (bits & NFT_SET_MAP) != 0 ? Optional.of(decodeDataType(in)) : Optional.empty(),
        flags,
        in.u64OrZero(NFTA_SET_TIMEOUT),
        in.has(NFTA_SET_DESC)
            ? in.nested(NFTA_SET_DESC, NFTA_SET_DESC_CONCAT).s32OrZero(NFTA_SET_DESC_SIZE)
                & 0xffffffffL
            : 0,
        Userdata.text(in.bytesOrEmpty(NFTA_SET_USERDATA), Userdata.SET_COMMENT));
  }

  private static SetType decodeDataType(AttributeIndex in) {
    long number = in.s32OrZero(NFTA_SET_DATA_TYPE) & 0xffffffffL;
    // The kernel reports 16 bytes (its struct nft_verdict) for verdicts, whatever was asked for.
    return number == SetType.VERDICT.number()
        ? SetType.VERDICT
        : new SetType(number, in.s32OrZero(NFTA_SET_DATA_LEN));
  }
}
