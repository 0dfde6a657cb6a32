package io.flannelj.netlink.nftables.text;

import io.flannelj.netlink.nftables.Chain;
import io.flannelj.netlink.nftables.NftBatch;
import io.flannelj.netlink.nftables.NftCommand;
import io.flannelj.netlink.nftables.NftCommand.AddChain;
import io.flannelj.netlink.nftables.NftCommand.AddElements;
import io.flannelj.netlink.nftables.NftCommand.AddRule;
import io.flannelj.netlink.nftables.NftCommand.AddSet;
import io.flannelj.netlink.nftables.NftCommand.AddTable;
import io.flannelj.netlink.nftables.NftCommand.DeleteChain;
import io.flannelj.netlink.nftables.NftCommand.DeleteElements;
import io.flannelj.netlink.nftables.NftCommand.DeleteRule;
import io.flannelj.netlink.nftables.NftCommand.DeleteSet;
import io.flannelj.netlink.nftables.NftCommand.DeleteTable;
import io.flannelj.netlink.nftables.NftCommand.FlushChain;
import io.flannelj.netlink.nftables.NftCommand.FlushSet;
import io.flannelj.netlink.nftables.NftCommand.FlushTable;
import io.flannelj.netlink.nftables.NftCommand.Placement;
import io.flannelj.netlink.nftables.NftCommand.ReplaceRule;
import io.flannelj.netlink.nftables.NftSet;
import io.flannelj.netlink.nftables.Rule;
import io.flannelj.netlink.nftables.SetElement;
import io.flannelj.netlink.nftables.SetName;
import io.flannelj.netlink.nftables.Table;
import io.flannelj.netlink.nftables.TableContent;
import io.flannelj.netlink.nftables.TableContent.ChainContent;
import io.flannelj.netlink.nftables.TableContent.SetContent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Tables as {@code nft list table} prints them, and batches as {@code nft -f} reads them. */
public final class NftText {
  private NftText() {}

  /** A whole table, several lines. */
  public static String of(TableContent content) {
    StringBuilder text = new StringBuilder("table ").append(content.table().name()).append(" {\n");
    if ((content.table().flags() & 1) != 0) {
      text.append("\tflags dormant\n");
    }
    if (!content.table().comment().isEmpty()) {
      text.append("\tcomment ").append(ValueText.quote(content.table().comment())).append('\n');
    }
    List<String> blocks = new ArrayList<>();
    for (SetContent set : content.sets().values()) {
      if (!SetText.isAnonymous(set.set())) {
        blocks.add(set(set));
      }
    }
    for (ChainContent chain : content.chains().values()) {
      blocks.add(chain(chain, content.sets()));
    }
    return text.append(String.join("\n", blocks)).append("}\n").toString();
  }

  private static String set(SetContent content) {
    NftSet set = content.set();
    String head = "\t" + (set.isMap() ? "map " : "set ") + set.name().name() + " {\n";
    String elements =
        content.elements().isEmpty() ? "" : "\t\telements = { " + SetText.lines(content) + " }\n";
    return head + SetText.definition(set, "\t\t", "\n") + elements + "\t}\n";
  }

  private static String chain(ChainContent content, Map<String, SetContent> sets) {
    Chain chain = content.chain();
    StringBuilder text = new StringBuilder("\tchain ").append(chain.name().name()).append(" {\n");
    if (!chain.comment().isEmpty()) {
      text.append("\t\tcomment ").append(ValueText.quote(chain.comment())).append('\n');
    }
    chain
        .base()
        .ifPresent(
            base ->
                text.append("\t\t")
                    .append(ChainText.base(chain.name().table().family(), base))
                    .append('\n'));
    for (Rule rule : content.rules()) {
      text.append("\t\t").append(RuleText.of(rule, sets)).append('\n');
    }
    return text.append("\t}\n").toString();
  }

  /** One rule without its chain. Anonymous sets appear as {@code @__set0}. */
  public static String of(Rule rule) {
    return RuleText.of(rule, Map.of());
  }

  /** A batch, one line per command. */
  public static String of(NftBatch batch) {
    Map<String, SetContent> sets =
        batch.commands().stream()
            .filter(AddSet.class::isInstance)
            .map(command -> ((AddSet) command).set())
            .collect(
                Collectors.toMap(
                    set -> set.name().name(),
                    set -> new SetContent(set, Map.of()),
                    (first, second) -> first));
    StringBuilder text = new StringBuilder();
    for (NftCommand command : batch.commands()) {
      text.append(command(command, sets)).append('\n');
    }
    return text.toString();
  }

  private static String command(NftCommand command, Map<String, SetContent> sets) {
    if (command instanceof AddTable add) {
      return table(add);
    }
    if (command instanceof DeleteTable delete) {
      return "delete table " + delete.table();
    }
    if (command instanceof FlushTable flush) {
      return "flush table " + flush.table();
    }
    if (command instanceof AddChain add) {
      return addChain(add);
    }
    if (command instanceof DeleteChain delete) {
      return "delete chain " + delete.chain();
    }
    if (command instanceof FlushChain flush) {
      return "flush chain " + flush.chain();
    }
    if (command instanceof AddRule add) {
      return (add.placement() == Placement.ADD ? "add rule " : "insert rule ")
          + add.rule().chain()
          + (add.position() == 0 ? " " : " position " + add.position() + " ")
          + RuleText.of(add.rule(), sets);
    }
    if (command instanceof ReplaceRule replace) {
      return "replace rule "
          + replace.rule().chain()
          + " handle "
          + replace.handle()
          + " "
          + RuleText.of(replace.rule(), sets);
    }
    if (command instanceof DeleteRule delete) {
      return "delete rule " + delete.chain() + " handle " + delete.handle();
    }
    return setCommand(command);
  }

  private static String setCommand(NftCommand command) {
    if (command instanceof AddSet add) {
      NftSet set = add.set();
      return (add.create() ? "create " : "add ")
          + (set.isMap() ? "map " : "set ")
          + set.name()
          + " { "
          + SetText.definition(set, "", "; ")
          + "}";
    }
    if (command instanceof DeleteSet delete) {
      return "delete set " + delete.set();
    }
    if (command instanceof FlushSet flush) {
      return "flush set " + flush.set();
    }
    if (command instanceof AddElements add) {
      return elements(add.create() ? "create" : "add", add.set(), add.elements());
    }
    if (command instanceof DeleteElements delete) {
      return elements("delete", delete.set(), delete.elements());
    }
    throw new IllegalArgumentException("no text for " + command);
  }

  private static String elements(String verb, NftSet set, List<SetElement> elements) {
    SetName name = set.name();
    return verb
        + " element "
        + name
        + " { "
        + String.join(", ", elements.stream().map(one -> SetText.element(set, one)).toList())
        + " }";
  }

  private static String table(AddTable add) {
    Table table = add.table();
    return (add.create() ? "create table " : "add table ")
        + table.name()
        + (table.comment().isEmpty()
            ? ""
            : " { comment " + ValueText.quote(table.comment()) + "; }");
  }

  private static String addChain(AddChain add) {
    Chain chain = add.chain();
    String comment =
        chain.comment().isEmpty() ? "" : " comment " + ValueText.quote(chain.comment()) + ";";
    String base =
        chain
            .base()
            .map(hooked -> ChainText.base(chain.name().table().family(), hooked))
            .orElse("");
    String body = base + comment;
    return (add.create() ? "create chain " : "add chain ")
        + chain.name()
        + (body.isEmpty() ? "" : " { " + body.strip() + " }");
  }
}
