package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;
import java.util.Optional;
import java.util.Set;

/**
 * Source NAT to the address of the outgoing interface (nft_masq).
 *
 * @param flags how ports are chosen
 * @param portMin holds the first port
 * @param portMax holds the last port; that of the first if absent
 */
public record Masquerade(Set<NatFlag> flags, Optional<Register> portMin, Optional<Register> portMax)
    implements Expression {
  private static final int NFTA_MASQ_FLAGS = 1;
  private static final int NFTA_MASQ_REG_PROTO_MIN = 2;
  private static final int NFTA_MASQ_REG_PROTO_MAX = 3;

  /** Fills in the last port as the kernel does. */
  public Masquerade {
    portMax = portMax.or(NatRegisters.of(portMin));
  }

  @Override
  public String name() {
    return "masq";
  }

  @Override
  public void encodeData(AttributeWriter out) {
    NatRegisters.encodeFlags(out, NFTA_MASQ_FLAGS, flags);
    NatRegisters.encode(out, NFTA_MASQ_REG_PROTO_MIN, portMin, portMax);
  }

  static Masquerade decode(AttributeIndex in) {
    return new Masquerade(
        NatFlag.decode(in, NFTA_MASQ_FLAGS),
        NatRegisters.decode(in, NFTA_MASQ_REG_PROTO_MIN),
        NatRegisters.decode(in, NFTA_MASQ_REG_PROTO_MAX));
  }
}
