package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;

/**
 * Logs the packet (nft_log) to the kernel log. Logging to an nflog group is kept as unknown.
 *
 * @param prefix of the line, may be empty
 * @param level syslog level, 4 is warn
 */
public record Log(String prefix, int level) implements Expression {
  private static final int NFTA_LOG_PREFIX = 2;
  private static final int NFTA_LOG_LEVEL = 5;
  private static final int NFTA_LOG_FLAGS = 6;
  private static final int LOGLEVEL_WARNING = 4;

  /** At the level warn. */
  public Log(String prefix) {
    this(prefix, LOGLEVEL_WARNING);
  }

  @Override
  public String name() {
    return "log";
  }

  @Override
  public void encodeData(AttributeWriter out) {
    if (!prefix.isEmpty()) {
      out.putString(NFTA_LOG_PREFIX, prefix);
    }
    if (level != LOGLEVEL_WARNING) {
      out.putU32BigEndian(NFTA_LOG_LEVEL, level);
    }
  }

  static Log decode(AttributeIndex in) {
    if (in.s32OrZero(NFTA_LOG_FLAGS) != 0) {
      in.markStrange();
    }
    return new Log(
        in.stringOrEmpty(NFTA_LOG_PREFIX),
        in.has(NFTA_LOG_LEVEL) ? in.s32(NFTA_LOG_LEVEL) : LOGLEVEL_WARNING);
  }
}
