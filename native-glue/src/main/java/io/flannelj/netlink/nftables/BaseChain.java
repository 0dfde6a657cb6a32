package io.flannelj.netlink.nftables;

import java.util.List;

/**
 * What makes a chain a base chain: packets come to it from the kernel.
 *
 * @param type what it may do
 * @param hook where it meets packets
 * @param priority order among chains of the same hook, lowest first
 * @param policyDrop whether packets that no rule decides are dropped
 * @param devices devices, for ingress and egress
 */
public record BaseChain(
    ChainType type, Hook hook, int priority, boolean policyDrop, List<String> devices) {
  /** Before connection tracking. */
  public static final int PRIORITY_RAW = -300;

  /** Of header changes. */
  public static final int PRIORITY_MANGLE = -150;

  /** Of destination NAT; in the family bridge it is -300. */
  public static final int PRIORITY_DSTNAT = -100;

  /** Of filters; in the family bridge it is -200. */
  public static final int PRIORITY_FILTER = 0;

  /** Of source NAT; in the family bridge it is 300. */
  public static final int PRIORITY_SRCNAT = 100;

  /** nft's dstnat in the family bridge. */
  public static final int PRIORITY_BRIDGE_DSTNAT = -300;

  /** Copies the list. */
  public BaseChain {
    devices = List.copyOf(devices);
  }

  /** {@code type filter hook HOOK priority PRIORITY; policy accept}. */
  public static BaseChain filter(Hook hook, int priority) {
    return new BaseChain(ChainType.FILTER, hook, priority, false, List.of());
  }

  /** {@code type nat hook HOOK priority PRIORITY; policy accept}. */
  public static BaseChain nat(Hook hook, int priority) {
    return new BaseChain(ChainType.NAT, hook, priority, false, List.of());
  }

  /** The same with {@code policy drop}. */
  public BaseChain withPolicyDrop() {
    return new BaseChain(type, hook, priority, true, devices);
  }

  /** The same for one device. */
  public BaseChain onDevice(String device) {
    return new BaseChain(type, hook, priority, policyDrop, List.of(device));
  }
}
