package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;
import java.util.Optional;
import java.util.Set;

/**
 * Destination NAT to the address of the incoming interface (nft_redir).
 *
 * @param flags how ports are chosen
 * @param portMin holds the first port
 * @param portMax holds the last port; that of the first if absent
 */
public record Redirect(Set<NatFlag> flags, Optional<Register> portMin, Optional<Register> portMax)
    implements Expression {
  private static final int NFTA_REDIR_REG_PROTO_MIN = 1;
  private static final int NFTA_REDIR_REG_PROTO_MAX = 2;
  private static final int NFTA_REDIR_FLAGS = 3;

  /** Fills in the last port as the kernel does. */
  public Redirect {
    portMax = portMax.or(NatRegisters.of(portMin));
  }

  @Override
  public String name() {
    return "redir";
  }

  @Override
  public void encodeData(AttributeWriter out) {
    NatRegisters.encode(out, NFTA_REDIR_REG_PROTO_MIN, portMin, portMax);
    NatRegisters.encodeFlags(out, NFTA_REDIR_FLAGS, flags);
  }

  static Redirect decode(AttributeIndex in) {
    return new Redirect(
        NatFlag.decode(in, NFTA_REDIR_FLAGS),
        NatRegisters.decode(in, NFTA_REDIR_REG_PROTO_MIN),
        NatRegisters.decode(in, NFTA_REDIR_REG_PROTO_MAX));
  }
}
