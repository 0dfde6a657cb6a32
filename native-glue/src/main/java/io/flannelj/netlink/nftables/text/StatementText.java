package io.flannelj.netlink.nftables.text;

import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.nftables.DataType;
import io.flannelj.netlink.nftables.expression.Counter;
import io.flannelj.netlink.nftables.expression.Expression;
import io.flannelj.netlink.nftables.expression.Limit;
import io.flannelj.netlink.nftables.expression.Log;
import io.flannelj.netlink.nftables.expression.Masquerade;
import io.flannelj.netlink.nftables.expression.Nat;
import io.flannelj.netlink.nftables.expression.NatFlag;
import io.flannelj.netlink.nftables.expression.Notrack;
import io.flannelj.netlink.nftables.expression.Redirect;
import io.flannelj.netlink.nftables.expression.Register;
import io.flannelj.netlink.nftables.expression.Reject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Statements that are one expression each. */
final class StatementText {
  private static final int NFPROTO_IPV4 = 2;
  private static final int DEFAULT_BURST = 5;
  private static final int WARN = 4;
  private static final List<String> LEVELS =
      List.of("emerg", "alert", "crit", "err", "warn", "notice", "info", "debug");
  private static final Map<Long, String> UNITS =
      Map.of(1L, "second", 60L, "minute", 3600L, "hour", 86400L, "day", 604800L, "week");
  private static final List<String> ICMPX_CODES =
      List.of("no-route", "port-unreachable", "host-unreachable", "admin-prohibited");

  private final RuleText rule;

  StatementText(RuleText rule) {
    this.rule = rule;
  }

  String of(Expression expression) {
    if (expression instanceof Counter counter) {
      return "counter packets " + counter.packets() + " bytes " + counter.bytes();
    }
    if (expression instanceof Masquerade masquerade) {
      return "masquerade"
          + ports(" to ", masquerade.portMin(), masquerade.portMax())
          + flags(masquerade.flags());
    }
    if (expression instanceof Redirect redirect) {
      return "redirect"
          + ports(" to ", redirect.portMin(), redirect.portMax())
          + flags(redirect.flags());
    }
    if (expression instanceof Nat nat) {
      return nat(nat);
    }
    if (expression instanceof Limit limit) {
      return limit(limit);
    }
    if (expression instanceof Log log) {
      return "log"
          + (log.prefix().isEmpty() ? "" : " prefix " + ValueText.quote(log.prefix()))
          + (log.level() == WARN || log.level() < 0 || log.level() >= LEVELS.size()
              ? ""
              : " level " + LEVELS.get(log.level()));
    }
    if (expression instanceof Reject reject) {
      return reject(reject);
    }
    if (expression instanceof Notrack) {
      return "notrack";
    }
    return "[ " + expression.name() + " ]";
  }

  private String nat(Nat nat) {
    boolean ipv4 = nat.family() == NFPROTO_IPV4;
    String family = ipv4 ? " ip" : " ip6";
    Optional<Source> address = nat.addressMin().map(rule::at);
    Optional<Bytes> literal = address.flatMap(Source::literal);
    if (address.isPresent() && literal.isEmpty()) {
      // nft 1.0.6 prints "ip to", which it does not read; later ones "ip addr . port to".
      String what = nat.portMin().isPresent() ? " addr . port to " : " to ";
      return nat.type() + family + what + address.get().text() + flags(nat.flags());
    }
    DataType type = ipv4 ? DataType.IPV4_ADDR : DataType.IPV6_ADDR;
    String target = literal.map(bytes -> ValueText.of(type, bytes)).orElse("");
    if (nat.addressMax().isPresent() && !nat.addressMax().equals(nat.addressMin())) {
      target +=
          "-"
              + rule.at(nat.addressMax().get())
                  .literal()
                  .map(b -> ValueText.of(type, b))
                  .orElse("");
    }
    String ports = ports("", nat.portMin(), nat.portMax());
    if (!ipv4 && !ports.isEmpty()) {
      target = "[" + target + "]";
    }
    return nat.type()
        + (rule.isMixed() ? family : "")
        + " to "
        + target
        + ports
        + flags(nat.flags());
  }

  private String ports(String before, Optional<Register> min, Optional<Register> max) {
    if (min.isEmpty()) {
      return "";
    }
    String text = before + ":" + port(min.get());
    return max.equals(min) ? text : text + "-" + max.map(this::port).orElse("");
  }

  private String port(Register register) {
    Source source = rule.at(register);
    return source
        .literal()
        .map(bytes -> ValueText.of(DataType.INET_SERVICE, bytes))
        .orElse(source.text());
  }

  private static String flags(Set<NatFlag> flags) {
    return flags.isEmpty()
        ? ""
        : " " + String.join(",", flags.stream().sorted().map(NatFlag::toString).toList());
  }

  private static String limit(Limit limit) {
    String unit = UNITS.getOrDefault(limit.unit(), limit.unit() + "-seconds");
    String over = limit.over() ? "over " : "";
    if (limit.inBytes()) {
      String burst = limit.burst() > 0 ? " burst " + bytes(limit.burst()) : "";
      return "limit rate " + over + bytes(limit.rate()) + "/" + unit + burst;
    }
    String burst =
        limit.burst() > 0 && limit.burst() != DEFAULT_BURST
            ? " burst " + limit.burst() + " packets"
            : "";
    return "limit rate " + over + limit.rate() + "/" + unit + burst;
  }

  private static String bytes(long number) {
    if (number > 0 && number % (1 << 20) == 0) {
      return (number >> 20) + " mbytes";
    }
    return number > 0 && number % (1 << 10) == 0 ? (number >> 10) + " kbytes" : number + " bytes";
  }

  private String reject(Reject reject) {
    return switch (reject.type()) {
      case TCP_RST -> "reject with tcp reset";
      case ICMPX_UNREACH ->
          reject.code() == 1
              ? "reject"
              : "reject with icmpx "
                  + (reject.code() < ICMPX_CODES.size()
                      ? ICMPX_CODES.get(reject.code())
                      : "" + reject.code());
      case ICMP_UNREACH ->
          reject.code() == (rule.isIpv6() ? 4 : 3)
              ? "reject"
              : "reject with " + (rule.isIpv6() ? "icmpv6 " : "icmp ") + reject.code();
    };
  }
}
