package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** The register pairs and flags that nat, masquerade and redirect have in common. */
final class NatRegisters {
  private NatRegisters() {}

  static Supplier<Optional<Register>> of(Optional<Register> register) {
    return () -> register;
  }

  /** Writes a pair; equal bounds as one, which the kernel takes for both. */
  static void encode(
      AttributeWriter out, int type, Optional<Register> min, Optional<Register> max) {
    min.ifPresent(register -> out.putU32BigEndian(type, register.number()));
    if (!max.equals(min)) {
      max.ifPresent(register -> out.putU32BigEndian(type + 1, register.number()));
    }
  }

  static void encodeFlags(AttributeWriter out, int type, Set<NatFlag> flags) {
    if (!flags.isEmpty()) {
      out.putU32BigEndian(type, NatFlag.bits(flags));
    }
  }

  static Optional<Register> decode(AttributeIndex in, int type) {
    return in.has(type) ? Optional.of(new Register(in.s32(type))) : Optional.empty();
  }
}
