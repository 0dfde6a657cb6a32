package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.codec.DecodeException;

/** What an immediate or a map's element holds (enum nft_data_attributes): bytes or a verdict. */
public sealed interface NftData {
  /**
   * A value as a register holds it.
   *
   * @param bytes in the byte order of its type, see {@link Operand}
   */
  record Value(Bytes bytes) implements NftData {}

  /**
   * A verdict.
   *
   * @param code what happens to the packet
   * @param chain target of jump and goto, empty otherwise
   */
  record Verdict(VerdictCode code, String chain) implements NftData {
    /** A verdict without target. */
    public static Verdict of(VerdictCode code) {
      return new Verdict(code, "");
    }

    /** nft's words: {@code accept}, {@code jump chain}. */
    @Override
    public String toString() {
      return chain.isEmpty() ? code.toString() : code + " " + chain;
    }
  }

  /** NFTA_DATA_VALUE. */
  int NFTA_DATA_VALUE = 1;

  /** NFTA_DATA_VERDICT. */
  int NFTA_DATA_VERDICT = 2;

  /** NFTA_VERDICT_CODE. */
  int NFTA_VERDICT_CODE = 1;

  /** NFTA_VERDICT_CHAIN. */
  int NFTA_VERDICT_CHAIN = 2;

  /** Writes it as an attribute of the given number. */
  default void encode(AttributeWriter out, int type) {
    if (this instanceof Verdict verdict) {
      out.nested(
          type,
          data ->
              data.nested(
                  NFTA_DATA_VERDICT,
                  inner -> {
                    inner.putU32BigEndian(NFTA_VERDICT_CODE, verdict.code().number());
                    if (!verdict.chain().isEmpty()) {
                      inner.putString(NFTA_VERDICT_CHAIN, verdict.chain());
                    }
                  }));
    } else if (this instanceof Value value) {
      encodeValue(out, type, value.bytes());
    }
  }

  /** Writes bytes as an attribute of the given number. */
  static void encodeValue(AttributeWriter out, int type, Bytes value) {
    out.nested(type, data -> data.putBytes(NFTA_DATA_VALUE, value));
  }

  /** Reads attribute {@code type} of the outer level; what is neither makes the outer strange. */
  static NftData decode(AttributeIndex outer, int type) {
    AttributeIndex data = outer.nested(type, NFTA_DATA_VERDICT);
    if (data.has(NFTA_DATA_VALUE)) {
      return new Value(data.bytes(NFTA_DATA_VALUE));
    }
    if (!data.has(NFTA_DATA_VERDICT)) {
      throw new DecodeException("data attribute " + type + " holds neither value nor verdict");
    }
    AttributeIndex verdict = data.nested(NFTA_DATA_VERDICT, NFTA_VERDICT_CHAIN);
    int number = verdict.s32(NFTA_VERDICT_CODE);
    String chain = verdict.stringOrEmpty(NFTA_VERDICT_CHAIN);
    for (VerdictCode code : VerdictCode.values()) {
      if (code.number() == number) {
        return new Verdict(code, chain);
      }
    }
    // NF_QUEUE carries a queue number in its upper half.
    outer.markStrange();
    return new Verdict(VerdictCode.CONTINUE, chain);
  }

  /** Reads attribute {@code type}, which must hold bytes. */
  static Bytes decodeValue(AttributeIndex outer, int type) {
    if (decode(outer, type) instanceof Value value) {
      return value.bytes();
    }
    throw new DecodeException("data attribute " + type + " holds a verdict where a value belongs");
  }
}
