package io.flannelj.netlink.nftables.expression;

/**
 * A register: a place among 64 bytes of scratch memory per packet (enum nft_registers). Sixteen
 * bytes each under the old numbers 1 to 4, four bytes each under 8 to 23. The kernel reports old
 * numbers wherever one begins, and so does this type.
 *
 * @param number 0 for the verdict, 1 to 4, or 8 to 23
 */
public record Register(int number) {
  /** Where immediate writes verdicts, and lookup those of a verdict map. */
  public static final Register VERDICT = new Register(0);

  /** The first 16 bytes. */
  public static final Register REG_1 = new Register(1);

  private static final int NFT_REG32_00 = 8;
  private static final int NFT_REG32_15 = 23;
  private static final int WORDS_PER_REGISTER = 4;

  /** Brings the number into the form that the kernel reports. */
  public Register {
    int word = number - NFT_REG32_00;
    if (word >= 0 && number <= NFT_REG32_15 && word % WORDS_PER_REGISTER == 0) {
      number = 1 + word / WORDS_PER_REGISTER;
    }
  }

  /** The register that begins at a 32-bit word, 0 to 15. */
  public static Register atWord(int word) {
    if (word < 0 || word > NFT_REG32_15 - NFT_REG32_00) {
      throw new IllegalArgumentException("there is no 32-bit register " + word);
    }
    return new Register(NFT_REG32_00 + word);
  }

  /** The 32-bit word where it begins, or -1 for the verdict and numbers without meaning. */
  public int word() {
    if (number >= 1 && number <= 4) {
      return (number - 1) * WORDS_PER_REGISTER;
    }
    return number >= NFT_REG32_00 && number <= NFT_REG32_15 ? number - NFT_REG32_00 : -1;
  }

  /** The register that follows a value of a length in bytes in this one. */
  public Register after(int length) {
    return atWord(word() + Operand.padded(length) / 4);
  }
}
