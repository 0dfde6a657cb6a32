package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;
import java.util.Optional;
import java.util.Set;

/**
 * Rewrites source or destination from registers (nft_nat).
 *
 * @param type which side
 * @param family NFPROTO_IPV4 (2) or NFPROTO_IPV6 (10)
 * @param addressMin holds the first address
 * @param addressMax holds the last address; that of the first if absent
 * @param portMin holds the first port
 * @param portMax holds the last port; that of the first if absent
 * @param flags how ports are chosen
 */
public record Nat(
    NatType type,
    int family,
    Optional<Register> addressMin,
    Optional<Register> addressMax,
    Optional<Register> portMin,
    Optional<Register> portMax,
    Set<NatFlag> flags)
    implements Expression {
  private static final int NFTA_NAT_TYPE = 1;
  private static final int NFTA_NAT_FAMILY = 2;
  private static final int NFTA_NAT_REG_ADDR_MIN = 3;
  private static final int NFTA_NAT_REG_ADDR_MAX = 4;
  private static final int NFTA_NAT_REG_PROTO_MIN = 5;
  private static final int NFTA_NAT_REG_PROTO_MAX = 6;
  private static final int NFTA_NAT_FLAGS = 7;

  /** Fills in the upper bounds as the kernel does. */
  public Nat {
    addressMax = addressMax.or(NatRegisters.of(addressMin));
    portMax = portMax.or(NatRegisters.of(portMin));
  }

  @Override
  public String name() {
    return "nat";
  }

  @Override
  public void encodeData(AttributeWriter out) {
    out.putU32BigEndian(NFTA_NAT_TYPE, type.number());
    out.putU32BigEndian(NFTA_NAT_FAMILY, family);
    NatRegisters.encode(out, NFTA_NAT_REG_ADDR_MIN, addressMin, addressMax);
    NatRegisters.encode(out, NFTA_NAT_REG_PROTO_MIN, portMin, portMax);
    NatRegisters.encodeFlags(out, NFTA_NAT_FLAGS, flags);
  }

  static Nat decode(AttributeIndex in) {
    return new Nat(
        in.constant(NFTA_NAT_TYPE, NatType.values()),
        in.s32(NFTA_NAT_FAMILY),
        NatRegisters.decode(in, NFTA_NAT_REG_ADDR_MIN),
        NatRegisters.decode(in, NFTA_NAT_REG_ADDR_MAX),
        NatRegisters.decode(in, NFTA_NAT_REG_PROTO_MIN),
        NatRegisters.decode(in, NFTA_NAT_REG_PROTO_MAX),
        NatFlag.decode(in, NFTA_NAT_FLAGS));
  }
}
