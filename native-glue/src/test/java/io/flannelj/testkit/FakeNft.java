package io.flannelj.testkit;

import io.flannelj.libc.Errno;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.nftables.NfGenHeader;
import io.flannelj.netlink.nftables.NftMessages;
import io.flannelj.netlink.nftables.TableContent;
import io.flannelj.netlink.nftables.TableName;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * nf_tables in memory: the ruleset of one network namespace. It takes real encoded batches, carries
 * them out as a whole or not at all, answers dumps with real messages and refuses with the kernel's
 * errors. {@code FakeNftTest} runs one scenario here and on the real kernel and compares.
 *
 * <p>What it has not: packets, counters, time-outs, anonymous sets, checks of what an expression
 * may do in which chain. Failures are injected per request and happen once. All methods may be used
 * from any thread.
 */
public final class FakeNft implements NetlinkTransport {
  private static final int NFNL_BATCH_GENID = 1;
  private static final int NFTA_GEN_ID = 1;
  private static final int OUR_PORT = 4711;
  private static final int FOREIGN_PORT = 4712;

  private record Failure(Predicate<NetlinkRequest> matches, Errno errno) {}

  private record Hook(Predicate<NetlinkRequest> matches, Runnable action) {}

  /** What all sockets of the namespace share. */
  private static final class Shared {
    private FakeRuleset ruleset = new FakeRuleset();
    private long generation = 1;
    private final List<Consumer<NetlinkMessage>> listeners = new CopyOnWriteArrayList<>();
  }

  private final Shared shared;
  private final int port;
  private final List<NetlinkRequest> requests = new ArrayList<>();
  private final List<Failure> failures = new ArrayList<>();
  private final List<Hook> hooks = new ArrayList<>();
  private int batches;

  /** An empty ruleset, seen through a socket. */
  public FakeNft() {
    this(new Shared(), OUR_PORT);
  }

  private FakeNft(Shared shared, int port) {
    this.shared = shared;
    this.port = port;
  }

  /** Another socket to the same ruleset, with another port. */
  public FakeNft foreign() {
    return new FakeNft(shared, FOREIGN_PORT);
  }

  /** The socket's port, which notifications carry. */
  public int port() {
    return port;
  }

  @Override
  public List<NetlinkMessage> transaction(
      NetlinkRequest begin, List<NetlinkRequest> all, NetlinkRequest end) {
    synchronized (shared) {
      if (all.isEmpty()) {
        return List.of();
      }
      batches++;
      guarded(begin, () -> checkGeneration(encode(begin.body())));
      FakeRuleset changed = shared.ruleset.copy();
      List<NetlinkMessage> notices = new ArrayList<>();
      for (NetlinkRequest request : all) {
        ByteBuffer body = encode(request.body());
        guarded(
            request,
            () -> {
              changed.change(request.type(), request.flags(), body);
              return true;
            });
        notices.add(new NetlinkMessage(request.type(), 0, 0, port, body));
      }
      shared.ruleset = changed;
      shared.generation++;
      notices.add(new NetlinkMessage(NftMessages.NFT_MSG_NEWGEN, 0, 0, port, generation()));
      notices.forEach(notice -> shared.listeners.forEach(listener -> listener.accept(notice)));
      return List.of();
    }
  }

  private boolean checkGeneration(ByteBuffer body) {
    AttributeIndex in = AttributeIndex.of(NfGenHeader.attributes(body), NFNL_BATCH_GENID);
    if (in.has(NFNL_BATCH_GENID) && in.u32(NFNL_BATCH_GENID) != shared.generation) {
      throw new Refusal(Errno.ERESTART);
    }
    return true;
  }

  @Override
  public NetlinkMessage query(NetlinkRequest request) {
    synchronized (shared) {
      return guarded(
          request,
          () ->
              request.type() == NftMessages.NFT_MSG_GETGEN
                  ? new NetlinkMessage(NftMessages.NFT_MSG_NEWGEN, 0, 0, 0, generation())
                  : message(request.type() - 1, shared.ruleset.get(request.type(), body(request))));
    }
  }

  @Override
  public List<NetlinkMessage> dump(NetlinkRequest request) {
    synchronized (shared) {
      return guarded(
          request,
          () ->
              shared.ruleset.dump(request.type(), body(request)).stream()
                  .map(body -> message(request.type() - 1, body))
                  .toList());
    }
  }

  @Override
  public void execute(NetlinkRequest request) {
    throw new UnsupportedOperationException("nf_tables takes changes in batches only");
  }

  @Override
  public List<Optional<NetlinkException>> executeAll(List<NetlinkRequest> all) {
    throw new UnsupportedOperationException("nf_tables takes changes in batches only");
  }

  private ByteBuffer generation() {
    return encode(
        out -> {
          NfGenHeader.encode(out, 0, (int) shared.generation);
          out.putU32BigEndian(NFTA_GEN_ID, shared.generation);
        });
  }

  private static ByteBuffer body(NetlinkRequest request) {
    return encode(request.body());
  }

  private static NetlinkMessage message(int type, AttributeWriter.Body body) {
    return new NetlinkMessage(type, 0, 0, 0, encode(body));
  }

  private static ByteBuffer encode(AttributeWriter.Body body) {
    AttributeWriter out = new AttributeWriter();
    body.writeTo(out);
    return ByteBuffer.wrap(out.toByteArray()).order(ByteOrder.nativeOrder());
  }

  private <T> T guarded(NetlinkRequest request, Supplier<T> work) {
    requests.add(request);
    take(hooks, hook -> hook.matches().test(request)).ifPresent(hook -> hook.action().run());
    Optional<Failure> failure = take(failures, one -> one.matches().test(request));
    if (failure.isPresent()) {
      throw new NetlinkException(request.operation(), failure.get().errno().number(), "injected");
    }
    try {
      return work.get();
    } catch (Refusal e) {
      throw new NetlinkException(request.operation(), e.errno().number(), e.text());
    }
  }

  private static <T> Optional<T> take(List<T> from, Predicate<T> matches) {
    Optional<T> first = from.stream().filter(matches).findFirst();
    first.ifPresent(from::remove);
    return first;
  }

  /** The next request that matches fails with this error, and its batch has no effect. */
  public void failNext(Predicate<NetlinkRequest> matches, Errno errno) {
    synchronized (shared) {
      failures.add(new Failure(matches, errno));
    }
  }

  /** The next request of this type (NFT_MSG_*, NFNL_MSG_BATCH_BEGIN) fails. */
  public void failNext(int type, Errno errno) {
    failNext(request -> request.type() == type, errno);
  }

  /** Before the next request that matches, somebody else does something. */
  public void beforeNext(Predicate<NetlinkRequest> matches, Runnable action) {
    synchronized (shared) {
      hooks.add(new Hook(matches, action));
    }
  }

  /** Failures and hooks that no request has met yet. */
  public int pendingInjections() {
    synchronized (shared) {
      return failures.size() + hooks.size();
    }
  }

  /** Number of batches through this socket, failed ones included. */
  public int batches() {
    synchronized (shared) {
      return batches;
    }
  }

  /** The texts of all changes through this socket since the start or {@link #forgetRequests}. */
  public List<String> changes() {
    synchronized (shared) {
      return requests.stream()
          .filter(request -> isChange(request.type()))
          .map(NetlinkRequest::operation)
          .toList();
    }
  }

  private static boolean isChange(int type) {
    int message = type & 0xff;
    return type >>> 8 == NftMessages.NFNL_SUBSYS_NFTABLES && message % 3 != 1 && message < 15;
  }

  /** Forgets the requests so far. */
  public void forgetRequests() {
    synchronized (shared) {
      requests.clear();
      batches = 0;
    }
  }

  /** Gives every notification to the listener, on the thread that makes the change. */
  public void subscribe(Consumer<NetlinkMessage> listener) {
    shared.listeners.add(listener);
  }

  /** The names of all tables. */
  public List<TableName> tables() {
    synchronized (shared) {
      return List.copyOf(shared.ruleset.tables().keySet());
    }
  }

  /** A table with all that it holds. */
  public Optional<TableContent> content(TableName name) {
    synchronized (shared) {
      return Optional.ofNullable(shared.ruleset.tables().get(name)).map(FakeTable::content);
    }
  }
}
