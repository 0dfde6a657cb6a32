package io.flannelj.netlink.codec;

/**
 * An attribute that we have no type for, kept so that a message survives a round trip.
 *
 * @param type the number without flag bits
 * @param nested whether NLA_F_NESTED was set
 * @param netOrder whether NLA_F_NET_BYTEORDER was set
 * @param value the payload
 */
public record UnknownAttribute(int type, boolean nested, boolean netOrder, Bytes value) {

  /** Keeps the attribute that the reader stands on. */
  public static UnknownAttribute read(AttributeReader reader) {
    return new UnknownAttribute(
        reader.type(), reader.isNested(), reader.isNetOrder(), reader.bytes());
  }

  /** Writes it as it came, flag bits included. */
  public void write(AttributeWriter out) {
    int flags =
        (nested ? AttributeReader.NLA_F_NESTED : 0)
            | (netOrder ? AttributeReader.NLA_F_NET_BYTEORDER : 0);
    out.putBytes(type | flags, value);
  }
}
