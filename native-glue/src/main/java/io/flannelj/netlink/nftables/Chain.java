package io.flannelj.netlink.nftables;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.AttributeWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A chain: a list of rules.
 *
 * @param name table and name
 * @param base empty for a regular chain, which others jump to
 * @param comment empty for none; kernels before 5.10 lose it
 */
public record Chain(ChainName name, Optional<BaseChain> base, String comment) {
  static final int NFTA_CHAIN_TABLE = 1;
  static final int NFTA_CHAIN_NAME = 3;
  static final int NFTA_CHAIN_HOOK = 4;
  private static final int NFTA_CHAIN_POLICY = 5;
  private static final int NFTA_CHAIN_TYPE = 7;
  private static final int NFTA_CHAIN_USERDATA = 12;
  static final int NFTA_HOOK_HOOKNUM = 1;
  private static final int NFTA_HOOK_PRIORITY = 2;
  private static final int NFTA_HOOK_DEV = 3;
  private static final int NFTA_HOOK_DEVS = 4;
  private static final int NFTA_DEVICE_NAME = 1;
  private static final int NF_ACCEPT = 1;

  /** A chain that others jump to. */
  public static Chain regular(ChainName name) {
    return new Chain(name, Optional.empty(), "");
  }

  /** A chain that packets come to from the kernel. */
  public static Chain base(ChainName name, BaseChain base) {
    return new Chain(name, Optional.of(base), "");
  }

  /** The same with a comment. */
  public Chain withComment(String text) {
    return new Chain(name, base, text);
  }

  /** Writes the attributes of NFT_MSG_NEWCHAIN. */
  public void encode(AttributeWriter out) {
    out.putString(NFTA_CHAIN_TABLE, name.table().name());
    out.putString(NFTA_CHAIN_NAME, name.name());
    base.ifPresent(hooked -> encodeBase(out, hooked));
    if (!comment.isEmpty()) {
      out.putBytes(NFTA_CHAIN_USERDATA, Userdata.comment(comment));
    }
  }

  private void encodeBase(AttributeWriter out, BaseChain hooked) {
    out.putString(NFTA_CHAIN_TYPE, hooked.type().toString());
    out.putU32BigEndian(NFTA_CHAIN_POLICY, hooked.policyDrop() ? 0 : NF_ACCEPT);
    out.nested(
        NFTA_CHAIN_HOOK,
        hook -> {
          hook.putU32BigEndian(NFTA_HOOK_HOOKNUM, hooked.hook().number(name.table().family()));
          hook.putU32BigEndian(NFTA_HOOK_PRIORITY, hooked.priority());
          if (hooked.devices().size() == 1) {
            hook.putString(NFTA_HOOK_DEV, hooked.devices().get(0));
          } else if (!hooked.devices().isEmpty()) {
            hook.nested(
                NFTA_HOOK_DEVS,
                devices -> hooked.devices().forEach(d -> devices.putString(NFTA_DEVICE_NAME, d)));
          }
        });
  }

  /** Reads the body of NFT_MSG_NEWCHAIN. */
  public static Chain decode(ByteBuffer body) {
    NftFamily family = NftFamily.of(NfGenHeader.decode(body).family());
    AttributeIndex in = AttributeIndex.of(NfGenHeader.attributes(body), NFTA_CHAIN_USERDATA);
    ChainName name =
        new ChainName(
            new TableName(family, in.string(NFTA_CHAIN_TABLE)), in.string(NFTA_CHAIN_NAME));
    Optional<BaseChain> base =
        in.has(NFTA_CHAIN_HOOK) ? Optional.of(decodeBase(family, in)) : Optional.empty();
    return new Chain(
        name, base, Userdata.text(in.bytesOrEmpty(NFTA_CHAIN_USERDATA), Userdata.COMMENT));
  }

  private static BaseChain decodeBase(NftFamily family, AttributeIndex in) {
    AttributeIndex hook = in.nested(NFTA_CHAIN_HOOK, NFTA_HOOK_DEVS);
    List<String> devices = new ArrayList<>();
    if (hook.has(NFTA_HOOK_DEVS)) {
      AttributeReader names = hook.reader(NFTA_HOOK_DEVS);
      while (names.next()) {
        devices.add(names.string());
      }
    } else if (hook.has(NFTA_HOOK_DEV)) {
      devices.add(hook.string(NFTA_HOOK_DEV));
    }
    return new BaseChain(
        ChainType.of(in.stringOrEmpty(NFTA_CHAIN_TYPE)),
        Hook.of(family, hook.s32(NFTA_HOOK_HOOKNUM)),
        hook.s32(NFTA_HOOK_PRIORITY),
        in.has(NFTA_CHAIN_POLICY) && in.s32(NFTA_CHAIN_POLICY) == 0,
        devices);
  }
}
