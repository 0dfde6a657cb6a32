package io.flannelj.netlink.nftables;

import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.NetlinkTransport;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;

/**
 * Changes that happen together or not at all. A batch is data until it is run: it can be compared
 * and printed. Not for use by several threads while it is built.
 */
public final class NftBatch {
  // One attribute holds 64 KiB; an element with a concatenation, a verdict and a comment 400 bytes.
  private static final int MAX_LIST_BYTES = 60_000;
  private static final int ELEMENT_OVERHEAD = 96;
  private static final int NFNL_BATCH_GENID = 1;

  private static final NetlinkRequest BEGIN = begin(OptionalLong.empty());
  private static final NetlinkRequest END =
      new NetlinkRequest(
          "end nft batch",
          NftMessages.NFNL_MSG_BATCH_END,
          0,
          out -> NfGenHeader.encode(out, 0, NftMessages.NFNL_SUBSYS_NFTABLES));

  private final List<NftCommand> commands = new ArrayList<>();

  /** Appends a command. */
  public NftBatch append(NftCommand command) {
    commands.add(command);
    return this;
  }

  /** Appends all commands of another batch. */
  public NftBatch append(NftBatch other) {
    commands.addAll(other.commands);
    return this;
  }

  /** {@code add table}: no error if there is one. */
  public NftBatch add(Table table) {
    return append(new AddTable(table, false));
  }

  /** {@code add chain}: no error if there is one. */
  public NftBatch add(Chain chain) {
    return append(new AddChain(chain, false));
  }

  /** {@code add set} or {@code add map}: no error if there is the same. */
  public NftBatch add(NftSet set) {
    return append(new AddSet(set, false));
  }

  /** {@code add rule}: at the end of its chain. */
  public NftBatch add(Rule rule) {
    return append(new AddRule(rule, Placement.ADD, 0));
  }

  /** {@code add rule} for each, in order. */
  public NftBatch addAll(Collection<Rule> rules) {
    rules.forEach(this::add);
    return this;
  }

  /** {@code insert rule}: at the beginning of its chain. */
  public NftBatch insert(Rule rule) {
    return append(new AddRule(rule, Placement.INSERT, 0));
  }

  /** {@code insert rule position HANDLE}: before that rule. */
  public NftBatch insertBefore(long handle, Rule rule) {
    return append(new AddRule(rule, Placement.INSERT, handle));
  }

  /** {@code replace rule}. */
  public NftBatch replace(long handle, Rule rule) {
    return append(new ReplaceRule(handle, rule));
  }

  /** {@code add element}: no error for one that is there already with the same value. */
  public NftBatch add(NftSet set, SetElement... elements) {
    return addElements(set, Arrays.asList(elements));
  }

  /** {@code add element}, in as many messages as they need. */
  public NftBatch addElements(NftSet set, Collection<SetElement> elements) {
    for (List<SetElement> part : parts(elements)) {
      append(new AddElements(set, part, false));
    }
    return this;
  }

  /** {@code create element}: EEXIST if one is there already. */
  public NftBatch createElements(NftSet set, Collection<SetElement> elements) {
    for (List<SetElement> part : parts(elements)) {
      append(new AddElements(set, part, true));
    }
    return this;
  }

  /** {@code delete element}: ENOENT if one is not there. Only keys count. */
  public NftBatch delete(NftSet set, SetElement... elements) {
    return deleteElements(set, Arrays.asList(elements));
  }

  /** {@code delete element}, in as many messages as they need. */
  public NftBatch deleteElements(NftSet set, Collection<SetElement> elements) {
    for (List<SetElement> part : parts(elements)) {
      append(new DeleteElements(set, part));
    }
    return this;
  }

  /** {@code delete table}: ENOENT if there is none. */
  public NftBatch delete(TableName table) {
    return append(new DeleteTable(table));
  }

  /** Deletes a table if there is one: adds it first, as {@code destroy} needs kernel 6.3. */
  public NftBatch deleteIfExists(TableName table) {
    return add(Table.of(table)).delete(table);
  }

  /** {@code delete chain} with its rules. */
  public NftBatch delete(ChainName chain) {
    return append(new DeleteChain(chain));
  }

  /** {@code delete set} or {@code delete map}. */
  public NftBatch delete(SetName set) {
    return append(new DeleteSet(set));
  }

  /** {@code delete rule ... handle HANDLE}: ENOENT if there is none. */
  public NftBatch deleteRule(ChainName chain, long handle) {
    return append(new DeleteRule(chain, handle));
  }

  /** {@code flush table}: deletes its rules. */
  public NftBatch flush(TableName table) {
    return append(new FlushTable(table));
  }

  /** {@code flush chain}: deletes its rules. */
  public NftBatch flush(ChainName chain) {
    return append(new FlushChain(chain));
  }

  /** {@code flush set} or {@code flush map}: deletes its elements. */
  public NftBatch flush(SetName set) {
    return append(new FlushSet(set));
  }

  /** The commands so far. */
  public List<NftCommand> commands() {
    return List.copyOf(commands);
  }

  /** Whether there is nothing to do. */
  public boolean isEmpty() {
    return commands.isEmpty();
  }

  /** The messages between begin and end, one per command. */
  public List<NetlinkRequest> toRequests() {
    List<NetlinkRequest> requests = new ArrayList<>(commands.size());
    for (NftCommand command : commands) {
      requests.add(CommandCodec.request(command, requests.size() + 1));
    }
    return requests;
  }

  /**
   * Runs the batch; an empty one makes no call.
   *
   * @throws NetlinkException of the first command that failed; nothing is changed then
   */
  public void run(NetlinkTransport transport) {
    run(transport, BEGIN);
  }

  /**
   * Runs the batch unless the ruleset changed since it was read.
   *
   * @param generation of the ruleset, from {@link NftDump#generation()}
   * @throws NetlinkException ERESTART if the ruleset is of another generation by now, whoever
   *     changed it and in whichever table
   */
  public void runAt(NetlinkTransport transport, long generation) {
    run(transport, begin(OptionalLong.of(generation)));
  }

  private void run(NetlinkTransport transport, NetlinkRequest begin) {
    if (!commands.isEmpty()) {
      transport.transaction(begin, toRequests(), END);
    }
  }

  private static NetlinkRequest begin(OptionalLong generation) {
    return new NetlinkRequest(
        "nft batch",
        NftMessages.NFNL_MSG_BATCH_BEGIN,
        0,
        out -> {
          NfGenHeader.encode(out, 0, NftMessages.NFNL_SUBSYS_NFTABLES);
          generation.ifPresent(id -> out.putU32BigEndian(NFNL_BATCH_GENID, id));
        });
  }

  private static List<List<SetElement>> parts(Collection<SetElement> elements) {
    List<List<SetElement>> parts = new ArrayList<>();
    List<SetElement> part = new ArrayList<>();
    int size = 0;
    for (SetElement element : elements) {
      int more = ELEMENT_OVERHEAD + 4 * element.key().length() + 3 * element.comment().length();
      if (!part.isEmpty() && size + more > MAX_LIST_BYTES) {
        parts.add(part);
        part = new ArrayList<>();
        size = 0;
      }
      part.add(element);
      size += more;
    }
    if (!part.isEmpty()) {
      parts.add(part);
    }
    return parts;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NftBatch batch && commands.equals(batch.commands);
  }

  @Override
  public int hashCode() {
    return commands.hashCode();
  }
}
