package io.flannelj.cni.rules;

import io.flannelj.cni.Attachment;
import io.flannelj.cni.CallerDirectory.FileLock;
import io.flannelj.cni.pod.HostNetwork;
import io.flannelj.libc.Errno;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.nftables.Chain;
import io.flannelj.netlink.nftables.NftBatch;
import io.flannelj.netlink.nftables.NftDump;
import io.flannelj.netlink.nftables.Rule;
import io.flannelj.netlink.nftables.SetElement;
import io.flannelj.netlink.nftables.Table;
import io.flannelj.netlink.nftables.TableContent;
import io.flannelj.netlink.nftables.TableContent.SetContent;
import io.flannelj.netlink.nftables.TableName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** One table of ours. Safe for several threads; failures are {@link NetlinkException}. */
public final class AttachmentTable {
  private static final int ATTEMPTS = 5;
  // Each is two open files; the table is read once for so many.
  private static final int LOCKS_AT_ONCE = 64;

  private final HostNetwork host;
  private final TableContent frame;

  /**
   * In the host's namespace.
   *
   * @param frame the table with chains, rules and empty sets; its comment tells its version
   */
  public AttachmentTable(HostNetwork host, TableContent frame) {
    this.host = host;
    this.frame = frame;
  }

  /**
   * Adds an attachment's elements, all or none, and the table if it is not there.
   *
   * @param orphaned whether an element that is in the way belongs to nobody any more
   * @return the element of another attachment that is in the way; then nothing is changed
   */
  public Optional<Entry> add(Attachment owner, List<Entry> entries, Predicate<Entry> orphaned) {
    String comment = OwnerComment.of(owner);
    List<Entry> wanted = entries.stream().map(entry -> entry.ownedBy(comment)).toList();
    return host.withNftables(kernel -> addOver(kernel, comment, wanted, orphaned));
  }

  private Optional<Entry> addOver(
      NetlinkTransport kernel, String comment, List<Entry> wanted, Predicate<Entry> orphaned) {
    List<Entry> gone = List.of();
    int attempt = 0;
    while (true) {
      NftBatch batch = frameIfMissing(kernel);
      delete(batch, gone);
      for (Entry entry : wanted) {
        batch.createElements(entry.set(), List.of(entry.element()));
      }
      try {
        batch.run(kernel);
        return Optional.empty();
      } catch (NetlinkException e) {
        attempt++;
        if (!isOutdated(e) || attempt == ATTEMPTS) {
          throw e;
        }
      }
      // Only now is the table read: the common ADD does without.
      gone = new ArrayList<>();
      for (Entry present : entries(kernel)) {
        if (present.element().comment().equals(comment) || orphaned.test(present)) {
          gone.add(present);
        } else if (wanted.stream().anyMatch(present::hasKeyOf)) {
          return Optional.of(present);
        }
      }
    }
  }

  /** EEXIST or ENOTEMPTY (overlapping ranges): in the way; ENOENT: gone meanwhile. */
  private static boolean isOutdated(NetlinkException e) {
    return e.errno() == Errno.EEXIST
        || e.errno() == Errno.ENOTEMPTY
        || e.errno() == Errno.EBUSY
        || e.errno() == Errno.ENOENT;
  }

  /** Harmless if another call makes it at the same time: chains are flushed before rules go in. */
  private NftBatch frameIfMissing(NetlinkTransport kernel) {
    NftBatch batch = new NftBatch();
    Optional<Table> present = new NftDump(kernel).table(name());
    if (present.isPresent() && present.get().comment().equals(frame.table().comment())) {
      return batch;
    }
    batch.add(frame.table());
    frame.sets().values().forEach(set -> batch.add(set.set()));
    frame.chains().values().forEach(chain -> batch.add(chain.chain()));
    frame
        .chains()
        .values()
        .forEach(chain -> batch.flush(chain.chain().name()).addAll(chain.rules()));
    return batch;
  }

  /**
   * Removes all elements of an attachment. Without table or elements there is nothing to do.
   *
   * @return what was removed
   */
  public List<Entry> remove(Attachment owner) {
    String comment = OwnerComment.of(owner);
    return removeIf(entry -> entry.element().comment().equals(comment));
  }

  /**
   * Removes all elements of owners whose time is over, each under its lock.
   *
   * @return what was removed
   */
  public List<Entry> removeAll(StaleOwners stale) {
    List<String> owners =
        host.withNftables(this::entries).stream()
            .map(entry -> entry.element().comment())
            .filter(stale::includes)
            .distinct()
            .toList();
    List<Entry> gone = new ArrayList<>();
    for (int i = 0; i < owners.size(); i += LOCKS_AT_ONCE) {
      gone.addAll(
          removeUnlessBusy(owners.subList(i, Math.min(owners.size(), i + LOCKS_AT_ONCE)), stale));
    }
    return gone;
  }

  private List<Entry> removeUnlessBusy(List<String> owners, StaleOwners stale) {
    List<FileLock> held = new ArrayList<>();
    Set<String> free = new HashSet<>();
    try {
      for (String owner : owners) {
        Optional<FileLock> lock = stale.lock(owner);
        if (lock.isPresent()) {
          held.add(lock.get());
          free.add(owner);
        }
      }
      return free.isEmpty() ? List.of() : removeIf(e -> free.contains(e.element().comment()));
    } finally {
      held.forEach(FileLock::close);
    }
  }

  private List<Entry> removeIf(Predicate<Entry> condition) {
    return host.withNftables(
        kernel -> {
          int attempt = 0;
          while (true) {
            List<Entry> gone = entries(kernel).stream().filter(condition).toList();
            try {
              delete(new NftBatch(), gone).run(kernel);
              return gone;
            } catch (NetlinkException e) {
              attempt++;
              if (e.errno() != Errno.ENOENT || attempt == ATTEMPTS) {
                throw e;
              }
            }
          }
        });
  }

  /** Whether the kernel has nf_tables; there need be no table yet. */
  public boolean isSupported() {
    try {
      host.withNftables(kernel -> new NftDump(kernel).table(name()));
      return true;
    } catch (NetlinkException e) {
      // nfnetlink without the subsystem says EINVAL.
      if (e.errno() == Errno.EINVAL || e.errno() == Errno.EOPNOTSUPP) {
        return false;
      }
      throw e;
    }
  }

  /** Whether table, sets, chains and rules are as they were made, whatever the sets hold. */
  public boolean isFramed() {
    return host.withNftables(
        kernel -> {
          NftDump dump = new NftDump(kernel);
          return dump.table(name()).filter(frame.table()::equals).isPresent()
              && dump.rules(name()).stream().map(Rule::normalised).toList().equals(rules())
              && Set.copyOf(dump.chains(name())).equals(chains());
        });
  }

  private List<Rule> rules() {
    return frame.chains().values().stream()
        .flatMap(chain -> chain.rules().stream())
        .map(Rule::normalised)
        .toList();
  }

  private Set<Chain> chains() {
    return frame.chains().values().stream()
        .map(TableContent.ChainContent::chain)
        .collect(Collectors.toSet());
  }

  /** Those of an attachment's elements that are not there. */
  public List<Entry> missing(Attachment owner, List<Entry> entries) {
    String comment = OwnerComment.of(owner);
    Set<Entry> present = Set.copyOf(host.withNftables(this::entries));
    return entries.stream().filter(entry -> !present.contains(entry.ownedBy(comment))).toList();
  }

  private List<Entry> entries(NetlinkTransport kernel) {
    List<Entry> entries = new ArrayList<>();
    NftDump dump = new NftDump(kernel);
    try {
      if (dump.table(name()).isEmpty()) {
        return entries;
      }
      for (SetContent content : frame.sets().values()) {
        for (SetElement element : dump.elements(content.set())) {
          entries.add(new Entry(content.set(), element));
        }
      }
    } catch (NetlinkException e) {
      // The table went meanwhile, or a kernel without nf_tables (nfnetlink says EINVAL).
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.EINVAL || e.errno() == Errno.EOPNOTSUPP) {
        return List.of();
      }
      throw e;
    }
    return entries;
  }

  private static NftBatch delete(NftBatch batch, List<Entry> entries) {
    entries.forEach(entry -> batch.delete(entry.set(), entry.element()));
    return batch;
  }

  private TableName name() {
    return frame.table().name();
  }
}
