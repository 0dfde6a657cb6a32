package io.flannelj.netlink.nftables;

import io.flannelj.libc.Errno;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.nftables.TableContent.ChainContent;
import io.flannelj.netlink.nftables.TableContent.SetContent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Makes a table of ours what it must be, in one atomic batch. Key of a table is family and name; a
 * table of that name is ours as a whole, so nothing in it is kept that is not wanted. The kernel
 * changes nothing in it behind our back but counters and elements that time out. After a crash the
 * table is whole, old or new.
 */
public final class TableDifference {
  private static final int ATTEMPTS = 5;

  private TableDifference() {}

  /**
   * The batch that turns one content into another; empty if they are equal. Elements are added and
   * deleted one by one and rules chain by chain; if definitions differ the table is made anew.
   */
  public static NftBatch between(TableContent desired, Optional<TableContent> actual) {
    if (actual.isEmpty()) {
      return creation(desired);
    }
    TableContent wanted = desired.normalised();
    TableContent present = actual.get().normalised();
    if (!sameDefinitions(wanted, present)) {
      NftBatch batch = new NftBatch().delete(present.table().name());
      return batch.append(creation(desired));
    }
    NftBatch batch = new NftBatch();
    // Before rules: a map's elements may have to forget a chain, or a new rule need an element.
    present
        .sets()
        .forEach((name, set) -> elements(batch, wanted.sets().getOrDefault(name, set), set));
    wanted
        .chains()
        .forEach(
            (name, chain) -> {
              if (!chain.equals(present.chains().get(name))) {
                batch.flush(chain.chain().name()).addAll(chain.rules());
              }
            });
    return batch;
  }

  /** The batch that makes a table which does not exist. */
  public static NftBatch creation(TableContent desired) {
    NftBatch batch = new NftBatch().add(desired.table());
    desired.sets().values().forEach(set -> batch.add(set.set()));
    // Chains before what jumps to them.
    desired.chains().values().forEach(chain -> batch.add(chain.chain()));
    desired.sets().values().forEach(set -> batch.addElements(set.set(), set.elements().values()));
    desired.chains().values().forEach(chain -> batch.addAll(chain.rules()));
    return batch;
  }

  /**
   * Reads the table and makes it what it must be. A change by others between reading and writing is
   * noticed by the ruleset's generation, and then it is read again.
   *
   * @return the batch that was run; an empty one if there was nothing to do
   * @throws NetlinkException if the kernel refuses it; ERESTART or EINTR if others change the
   *     ruleset all the time
   */
  public static NftBatch apply(NetlinkTransport transport, TableContent desired) {
    NftDump dump = new NftDump(transport);
    int attempt = 0;
    while (true) {
      long generation = dump.generation();
      NftBatch batch = between(desired, dump.content(desired.table().name()));
      try {
        batch.runAt(transport, generation);
        return batch;
      } catch (NetlinkException e) {
        attempt++;
        if (e.errno() != Errno.ERESTART || attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private static boolean sameDefinitions(TableContent wanted, TableContent present) {
    return wanted.table().equals(present.table())
        && definitions(wanted.sets(), SetContent::set)
            .equals(definitions(present.sets(), SetContent::set))
        && definitions(wanted.chains(), ChainContent::chain)
            .equals(definitions(present.chains(), ChainContent::chain));
  }

  private static <C, D> Map<String, D> definitions(Map<String, C> contents, Function<C, D> of) {
    Map<String, D> definitions = new HashMap<>();
    contents.forEach((name, content) -> definitions.put(name, of.apply(content)));
    return definitions;
  }

  private static void elements(NftBatch batch, SetContent wanted, SetContent present) {
    NftSet set = wanted.set();
    if (set.flags().contains(SetFlag.DYNAMIC) || wanted.equals(present)) {
      return;
    }
    List<SetElement> gone = new ArrayList<>();
    for (SetElement element : present.elements().values()) {
      if (!element.equals(wanted.elements().get(element.key()))) {
        gone.add(element);
      }
    }
    List<SetElement> missing = new ArrayList<>();
    for (SetElement element : wanted.elements().values()) {
      if (!element.equals(present.elements().get(element.key()))) {
        missing.add(element);
      }
    }
    batch.deleteElements(set, gone).addElements(set, missing);
  }
}
