package io.flannelj.netlink.nftables.text;

import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.nftables.DataType;
import io.flannelj.netlink.nftables.NftFamily;
import io.flannelj.netlink.nftables.Rule;
import io.flannelj.netlink.nftables.TableContent.SetContent;
import io.flannelj.netlink.nftables.expression.Bitwise;
import io.flannelj.netlink.nftables.expression.ByteOrderSwap;
import io.flannelj.netlink.nftables.expression.Compare;
import io.flannelj.netlink.nftables.expression.CompareOp;
import io.flannelj.netlink.nftables.expression.CtLoad;
import io.flannelj.netlink.nftables.expression.CtStore;
import io.flannelj.netlink.nftables.expression.Expression;
import io.flannelj.netlink.nftables.expression.Fib;
import io.flannelj.netlink.nftables.expression.ImmediateData;
import io.flannelj.netlink.nftables.expression.ImmediateVerdict;
import io.flannelj.netlink.nftables.expression.Lookup;
import io.flannelj.netlink.nftables.expression.MetaKey;
import io.flannelj.netlink.nftables.expression.MetaLoad;
import io.flannelj.netlink.nftables.expression.MetaStore;
import io.flannelj.netlink.nftables.expression.NumberGenerator;
import io.flannelj.netlink.nftables.expression.PayloadBase;
import io.flannelj.netlink.nftables.expression.PayloadLoad;
import io.flannelj.netlink.nftables.expression.PayloadStore;
import io.flannelj.netlink.nftables.expression.RangeCheck;
import io.flannelj.netlink.nftables.expression.Register;
import io.flannelj.netlink.nftables.expression.UnknownExpression;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Turns the steps of one rule back into nft's words: registers are followed from where they are
 * filled to where they are used, and a protocol check that a later field implies is left out.
 */
final class RuleText {
  private static final int NONE = -1;
  private static final int UNKNOWN_PROTOCOL = -1;

  private final Map<String, SetContent> sets;
  private final List<String> parts = new ArrayList<>();
  private final Map<Integer, Source> registers = new HashMap<>();
  // Registers filled since the last one was used: the parts of a concatenation.
  private final Set<Integer> fresh = new HashSet<>();
  private final boolean mixed;
  private NftFamily family;
  private int protocol = UNKNOWN_PROTOCOL;
  private int familyCheck = NONE;
  private int protocolCheck = NONE;
  // A lower bound that may turn out to be half of a range: its part, source and value.
  private int lowerPart = NONE;
  private Source lowerSource = Source.untyped("", 0);
  private Bytes lowerBound = Bytes.EMPTY;

  private RuleText(NftFamily family, Map<String, SetContent> sets) {
    this.family = family;
    this.sets = sets;
    mixed = family != NftFamily.IP && family != NftFamily.IP6 && family != NftFamily.ARP;
  }

  /** The rule's words, comment included; anonymous sets are taken from {@code sets}. */
  static String of(Rule rule, Map<String, SetContent> sets) {
    RuleText text = new RuleText(rule.chain().table().family(), sets);
    rule.expressions().forEach(text::add);
    if (!rule.comment().isEmpty()) {
      text.parts.add("comment " + ValueText.quote(rule.comment()));
    }
    text.parts.removeIf(String::isEmpty);
    return String.join(" ", text.parts);
  }

  Source at(Register register) {
    return registers.getOrDefault(
        register.word(), Source.untyped("[ register " + register.number() + " ]", 4));
  }

  /** Whether the table's family alone does not tell IPv4 from IPv6. */
  boolean isMixed() {
    return mixed;
  }

  /** Whether the packet is known to be IPv6. */
  boolean isIpv6() {
    return family == NftFamily.IP6;
  }

  private void put(Register register, Source source) {
    registers.put(register.word(), source);
    fresh.add(register.word());
  }

  private void add(Expression expression) {
    if (expression instanceof MetaLoad load) {
      put(load.target(), Sources.meta(load.key()));
    } else if (expression instanceof PayloadLoad load) {
      put(
          load.target(),
          Sources.payload(load.base(), load.offset(), load.length(), family, protocol));
      imply(load.base());
    } else if (expression instanceof CtLoad load) {
      put(load.target(), Sources.ct(load));
    } else if (expression instanceof Fib fib) {
      put(fib.target(), Sources.fib(fib));
    } else if (expression instanceof NumberGenerator numgen) {
      put(numgen.target(), Source.of(numgen(numgen), DataType.INTEGER));
    } else if (expression instanceof ImmediateData data) {
      put(data.target(), Source.literal(data.data()));
    } else if (expression instanceof ByteOrderSwap swap) {
      put(swap.target(), at(swap.source()));
    } else if (expression instanceof Bitwise bitwise) {
      put(bitwise.target(), bitwise(bitwise));
    } else if (expression instanceof Compare compare) {
      compare(compare);
    } else if (expression instanceof RangeCheck range) {
      Source left = at(range.source());
      String values = left.value(range.from()) + "-" + left.value(range.to());
      parts.add(left.text() + (range.inverted() ? " != " : " ") + values);
    } else if (expression instanceof Lookup lookup) {
      lookup(lookup);
    } else {
      addStatement(expression);
    }
  }

  private void addStatement(Expression expression) {
    if (expression instanceof ImmediateVerdict immediate) {
      parts.add(immediate.verdict().toString());
    } else if (expression instanceof MetaStore store) {
      String value = store.key() == MetaKey.MARK ? stored(store.source(), DataType.MARK) : "";
      parts.add(
          "meta " + store.key() + " set " + (value.isEmpty() ? at(store.source()).text() : value));
    } else if (expression instanceof CtStore store) {
      parts.add("ct " + store.key() + " set " + stored(store.source(), DataType.MARK));
    } else if (expression instanceof PayloadStore store) {
      Source field =
          Sources.payload(store.base(), store.offset(), store.length(), family, protocol);
      imply(store.base());
      parts.add(
          field.text()
              + " set "
              + at(store.source()).literal().map(field::value).orElse(at(store.source()).text()));
    } else if (expression instanceof UnknownExpression unknown) {
      parts.add("[ " + unknown.name() + " ]");
    } else {
      parts.add(new StatementText(this).of(expression));
    }
  }

  private String stored(Register register, DataType type) {
    Source source = at(register);
    return source.literal().map(bytes -> ValueText.of(type, bytes)).orElse(source.text());
  }

  private static String numgen(NumberGenerator numgen) {
    return "numgen "
        + (numgen.random() ? "random" : "inc")
        + " mod "
        + numgen.modulus()
        + (numgen.offset() == 0 ? "" : " offset " + numgen.offset());
  }

  /** A field of a protocol says that the packet is of that protocol. */
  private void imply(PayloadBase base) {
    if (base == PayloadBase.TRANSPORT && protocolCheck != NONE) {
      parts.set(protocolCheck, "");
      protocolCheck = NONE;
    }
    boolean icmp = protocol == Sources.ICMP || protocol == Sources.ICMPV6;
    boolean tellsFamily = base == PayloadBase.NETWORK || (base == PayloadBase.TRANSPORT && icmp);
    if (tellsFamily && familyCheck != NONE) {
      parts.set(familyCheck, "");
      familyCheck = NONE;
    }
  }

  private Source bitwise(Bitwise bitwise) {
    Source source = at(bitwise.source());
    if (isZero(bitwise.xor())) {
      return source.under(bitwise.mask());
    }
    // nft's "|": the bits that are not kept are those that are set.
    boolean or = true;
    for (int i = 0; i < bitwise.mask().length(); i++) {
      or &= i < bitwise.xor().length() && (bitwise.mask().at(i) ^ bitwise.xor().at(i)) == 0xff;
    }
    String text =
        or
            ? source.text() + " | " + source.value(bitwise.xor())
            : source.text()
                + " & "
                + source.value(bitwise.mask())
                + " ^ "
                + source.value(bitwise.xor());
    return new Source(text, source.type(), source.length(), Optional.empty(), Optional.empty());
  }

  private void compare(Compare compare) {
    Source left = at(compare.source());
    fresh.clear();
    if (isUpperBound(compare, left)) {
      parts.set(
          lowerPart, left.text() + " " + left.value(lowerBound) + "-" + left.value(compare.data()));
      lowerPart = NONE;
      return;
    }
    parts.add(left.text() + Relation.text(left, compare));
    if (compare.op() == CompareOp.GTE) {
      lowerPart = parts.size() - 1;
      lowerSource = left;
      lowerBound = compare.data();
    } else if (compare.op() == CompareOp.EQ) {
      learn(left, compare.data());
    }
  }

  private boolean isUpperBound(Compare compare, Source left) {
    return compare.op() == CompareOp.LTE
        && lowerPart != NONE
        && lowerPart == parts.size() - 1
        && lowerSource.equals(left);
  }

  /** Notes what an equality says of the protocol. */
  private void learn(Source left, Bytes value) {
    if (left.text().equals("meta l4proto") && value.length() == 1) {
      protocol = value.at(0);
      protocolCheck = parts.size() - 1;
    } else if (left.text().equals("ip protocol") || left.text().equals("ip6 nexthdr")) {
      protocol = value.at(0);
    } else if (mixed && (left.text().equals("meta nfproto") || isEtherType(left))) {
      String word = left.value(value);
      Optional<NftFamily> known =
          switch (word) {
            case "ipv4", "ip" -> Optional.of(NftFamily.IP);
            case "ipv6", "ip6" -> Optional.of(NftFamily.IP6);
            case "arp" -> Optional.of(NftFamily.ARP);
            default -> Optional.empty();
          };
      if (known.isPresent()) {
        family = known.get();
        familyCheck = parts.size() - 1;
      }
    }
  }

  private static boolean isEtherType(Source left) {
    return left.text().equals("meta protocol") || left.text().equals("ether type");
  }

  private void lookup(Lookup lookup) {
    SetContent set = sets.get(lookup.set());
    int length = set == null ? Integer.MAX_VALUE : set.set().key().length();
    String left = concatenation(lookup.source(), length);
    fresh.clear();
    String right =
        set != null && SetText.isAnonymous(set.set())
            ? "{ " + SetText.inline(set) + " }"
            : "@" + lookup.set();
    if (lookup.target().isEmpty()) {
      parts.add(left + (lookup.inverted() ? " != " : " ") + right);
    } else if (lookup.target().get().equals(Register.VERDICT)) {
      parts.add(left + " vmap " + right);
    } else {
      Source found = Source.untyped(left + " map " + right, 4);
      put(lookup.target().get(), found);
    }
  }

  /** The registers from one on, as many as make up a key of at most this length. */
  private String concatenation(Register first, int length) {
    StringBuilder text = new StringBuilder(at(first).text());
    int word = first.word();
    int words = words(at(first));
    while (words * 4 < length && fresh.contains(word + words)) {
      Source next = at(Register.atWord(word + words));
      text.append(" . ").append(next.text());
      words += words(next);
    }
    return text.toString();
  }

  /** Registers that a value fills; one of no bytes, which a message may claim, still takes one. */
  private static int words(Source source) {
    return Math.max(1, (source.length() + 3) / 4);
  }

  static boolean isZero(Bytes bytes) {
    for (int i = 0; i < bytes.length(); i++) {
      if (bytes.at(i) != 0) {
        return false;
      }
    }
    return true;
  }
}
