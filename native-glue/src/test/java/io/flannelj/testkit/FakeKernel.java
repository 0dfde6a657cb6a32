package io.flannelj.testkit;

import static io.flannelj.netlink.route.Rtnetlink.RTM_DELADDR;
import static io.flannelj.netlink.route.Rtnetlink.RTM_DELLINK;
import static io.flannelj.netlink.route.Rtnetlink.RTM_DELNEIGH;
import static io.flannelj.netlink.route.Rtnetlink.RTM_DELROUTE;
import static io.flannelj.netlink.route.Rtnetlink.RTM_GETADDR;
import static io.flannelj.netlink.route.Rtnetlink.RTM_GETLINK;
import static io.flannelj.netlink.route.Rtnetlink.RTM_GETNEIGH;
import static io.flannelj.netlink.route.Rtnetlink.RTM_GETROUTE;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWADDR;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWLINK;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWNEIGH;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWROUTE;

import io.flannelj.libc.Errno;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.route.address.AddressInfo;
import io.flannelj.netlink.route.address.AddressMessage;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.LinkMessage;
import io.flannelj.netlink.route.neighbour.FdbInfo;
import io.flannelj.netlink.route.neighbour.NeighbourInfo;
import io.flannelj.netlink.route.neighbour.NeighbourMessage;
import io.flannelj.netlink.route.route.RouteInfo;
import io.flannelj.netlink.route.route.RouteMessage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * An rtnetlink kernel in memory: one network namespace, or several that share a machine. It takes
 * real encoded messages and answers with such, keeps links, addresses, routes, neighbours and
 * forwarding entries under the kernel's own keys, and refuses with the kernel's errors.
 *
 * <p>Kernel behaviours that it has: what hangs on a link goes with it; going down takes routes,
 * neighbours and IPv6 addresses; a new MAC drops neighbours; a VXLAN device goes with its underlay
 * and has its MTU cut to fit; gateways must be reachable unless onlink; IPv6 metric 0 is 1024; an
 * IPv4 table does not exist before its first use. {@code FakeKernelTest} runs one scenario here and
 * on the real kernel and compares. What it has not: IPv6 link-local addresses and multicast routes
 * that come by themselves, bridge VLANs, rules, next hop objects, ageing, nf_tables.
 *
 * <p>Failures are injected per request and happen once. All methods may be used from any thread.
 */
public final class FakeKernel implements NetlinkTransport {
  private record Failure(Predicate<NetlinkRequest> matches, Errno errno) {}

  private record Hook(Predicate<NetlinkRequest> matches, Runnable action) {}

  private final Object lock;
  private final Map<Integer, FakeKernel> namespaces;
  private final FakeLinks links = new FakeLinks(this);
  private final FakeAddresses addresses = new FakeAddresses(this);
  private final FakeRoutes routes = new FakeRoutes(this);
  private final FakeNeighbours neighbours = new FakeNeighbours(this);
  private final List<NetlinkRequest> requests = new ArrayList<>();
  private final List<Failure> failures = new ArrayList<>();
  private final List<Hook> hooks = new ArrayList<>();
  private final List<Consumer<NetlinkMessage>> listeners = new CopyOnWriteArrayList<>();
  private long macs;

  /** A machine with one namespace that holds a loopback device, which is down. */
  public FakeKernel() {
    this(new Object(), new HashMap<>());
  }

  private FakeKernel(Object lock, Map<Integer, FakeKernel> namespaces) {
    this.lock = lock;
    this.namespaces = namespaces;
  }

  /** One more namespace of the machine, which requests name by this descriptor. */
  public FakeKernel newNamespace(int descriptor) {
    synchronized (lock) {
      FakeKernel namespace = new FakeKernel(lock, namespaces);
      namespaces.put(descriptor, namespace);
      return namespace;
    }
  }

  @Override
  public void execute(NetlinkRequest request) {
    synchronized (lock) {
      guarded(
          request,
          () -> {
            change(request);
            return true;
          });
    }
  }

  @Override
  public List<Optional<NetlinkException>> executeAll(List<NetlinkRequest> all) {
    List<Optional<NetlinkException>> results = new ArrayList<>();
    for (NetlinkRequest request : all) {
      try {
        execute(request);
        results.add(Optional.empty());
      } catch (NetlinkException e) {
        results.add(Optional.of(e));
      }
    }
    return results;
  }

  @Override
  public NetlinkMessage query(NetlinkRequest request) {
    synchronized (lock) {
      return guarded(
          request,
          () ->
              switch (request.type()) {
                case RTM_GETLINK ->
                    message(RTM_NEWLINK, links.get(LinkMessage.decode(encode(request.body()))));
                case RTM_GETROUTE ->
                    message(RTM_NEWROUTE, routes.get(RouteMessage.decode(encode(request.body()))));
                default -> throw new Refusal(Errno.EOPNOTSUPP);
              });
    }
  }

  @Override
  public List<NetlinkMessage> dump(NetlinkRequest request) {
    synchronized (lock) {
      return guarded(request, () -> dumpMessages(request));
    }
  }

  private List<NetlinkMessage> dumpMessages(NetlinkRequest request) {
    ByteBuffer body = encode(request.body());
    return switch (request.type()) {
      case RTM_GETLINK -> messages(RTM_NEWLINK, links.dump(LinkMessage.decode(body)));
      case RTM_GETADDR -> messages(RTM_NEWADDR, addresses.dump(AddressMessage.decode(body)));
      case RTM_GETROUTE -> messages(RTM_NEWROUTE, routes.dump(RouteMessage.decode(body)));
      case RTM_GETNEIGH -> messages(RTM_NEWNEIGH, neighbours.dump(NeighbourMessage.decode(body)));
      default -> throw new Refusal(Errno.EOPNOTSUPP);
    };
  }

  @Override
  public List<NetlinkMessage> transaction(
      NetlinkRequest begin, List<NetlinkRequest> all, NetlinkRequest end) {
    throw new UnsupportedOperationException("the fake kernel has no nf_tables");
  }

  private void change(NetlinkRequest request) {
    ByteBuffer body = encode(request.body());
    switch (request.type()) {
      case RTM_NEWLINK -> links.put(LinkMessage.decode(body), request.flags());
      case RTM_DELLINK -> links.delete(LinkMessage.decode(body));
      case RTM_NEWADDR -> addresses.put(AddressMessage.decode(body), request.flags());
      case RTM_DELADDR -> addresses.delete(AddressMessage.decode(body));
      case RTM_NEWROUTE -> routes.put(RouteMessage.decode(body), request.flags());
      case RTM_DELROUTE -> routes.delete(RouteMessage.decode(body));
      case RTM_NEWNEIGH -> neighbours.put(NeighbourMessage.decode(body), request.flags());
      case RTM_DELNEIGH -> neighbours.delete(NeighbourMessage.decode(body));
      default -> throw new Refusal(Errno.EOPNOTSUPP);
    }
  }

  private interface Work<T> {
    T run();
  }

  private <T> T guarded(NetlinkRequest request, Work<T> work) {
    requests.add(request);
    take(hooks, hook -> hook.matches().test(request)).ifPresent(hook -> hook.action().run());
    Optional<Failure> failure = take(failures, one -> one.matches().test(request));
    if (failure.isPresent()) {
      throw new NetlinkException(request.operation(), failure.get().errno().number(), "injected");
    }
    try {
      return work.run();
    } catch (Refusal e) {
      throw new NetlinkException(request.operation(), e.errno().number(), e.text());
    }
  }

  private static <T> Optional<T> take(List<T> from, Predicate<T> matches) {
    Optional<T> first = from.stream().filter(matches).findFirst();
    first.ifPresent(from::remove);
    return first;
  }

  /** The next request that matches fails with this error and has no effect. */
  public void failNext(Predicate<NetlinkRequest> matches, Errno errno) {
    synchronized (lock) {
      failures.add(new Failure(matches, errno));
    }
  }

  /**
   * The next request of this type (RTM_*) fails; for a dump, EINTR: it was interrupted for good.
   */
  public void failNext(int type, Errno errno) {
    failNext(request -> request.type() == type, errno);
  }

  /** Before the next request that matches, somebody else does something. */
  public void beforeNext(Predicate<NetlinkRequest> matches, Runnable action) {
    synchronized (lock) {
      hooks.add(new Hook(matches, action));
    }
  }

  /** Failures and hooks that no request has met yet. */
  public int pendingInjections() {
    synchronized (lock) {
      return failures.size() + hooks.size();
    }
  }

  /** Whether a request asks for a change, by its type. */
  public static boolean isChange(NetlinkRequest request) {
    return (request.type() & 3) != 2;
  }

  /** All requests since the start or {@link #forgetRequests}, failed ones included. */
  public List<NetlinkRequest> requests() {
    synchronized (lock) {
      return List.copyOf(requests);
    }
  }

  /** The texts of those requests that ask for a change. */
  public List<String> changes() {
    return requests().stream().filter(FakeKernel::isChange).map(NetlinkRequest::operation).toList();
  }

  /** Forgets the requests so far. */
  public void forgetRequests() {
    synchronized (lock) {
      requests.clear();
    }
  }

  /** Gives every notification to the listener, on the thread that makes the change. */
  public void subscribe(Consumer<NetlinkMessage> listener) {
    listeners.add(listener);
  }

  /** The links, by index. */
  public List<LinkInfo> linkList() {
    synchronized (lock) {
      return links.all().stream().map(link -> LinkInfo.of(link.describe())).toList();
    }
  }

  /** A link. */
  public Optional<LinkInfo> link(String name) {
    return linkList().stream().filter(link -> link.name().equals(name)).findFirst();
  }

  /** The addresses. */
  public List<AddressInfo> addressList() {
    synchronized (lock) {
      return addresses.all();
    }
  }

  /** The routes of all tables. */
  public List<RouteInfo> routeList() {
    synchronized (lock) {
      return routes.all();
    }
  }

  /** The neighbours. */
  public List<NeighbourInfo> neighbourList() {
    synchronized (lock) {
      return neighbours.all();
    }
  }

  /** The forwarding entries. */
  public List<FdbInfo> fdbList() {
    synchronized (lock) {
      return neighbours.allFdb();
    }
  }

  FakeLinks links() {
    return links;
  }

  FakeAddresses addresses() {
    return addresses;
  }

  FakeRoutes routes() {
    return routes;
  }

  FakeNeighbours neighbours() {
    return neighbours;
  }

  FakeKernel namespace(int descriptor) {
    FakeKernel namespace = namespaces.get(descriptor);
    if (namespace == null) {
      throw new Refusal(Errno.EBADF);
    }
    return namespace;
  }

  /** Random to users, the same in every run. */
  MacAddress randomMac() {
    macs++;
    return new MacAddress(0x02_fa_ce_00_00_00L + macs);
  }

  void linkDown(FakeLink link) {
    routes.linkDown(link);
    neighbours.flush(link.index);
    addresses.linkDown(link);
  }

  void linkGone(FakeLink link) {
    routes.linkGone(link);
    neighbours.linkGone(link);
    addresses.linkGone(link);
  }

  void notify(int type, AttributeWriter.Body body) {
    if (!listeners.isEmpty()) {
      NetlinkMessage message = message(type, body);
      listeners.forEach(listener -> listener.accept(message));
    }
  }

  private static List<NetlinkMessage> messages(
      int type, List<? extends AttributeWriter.Body> bodies) {
    List<NetlinkMessage> all = new ArrayList<>();
    for (AttributeWriter.Body body : bodies) {
      all.add(message(type, body));
    }
    return all;
  }

  private static NetlinkMessage message(int type, AttributeWriter.Body body) {
    return new NetlinkMessage(type, 0, 0, 0, encode(body));
  }

  private static ByteBuffer encode(AttributeWriter.Body body) {
    AttributeWriter out = new AttributeWriter(256);
    body.writeTo(out);
    return ByteBuffer.wrap(out.toByteArray()).order(ByteOrder.nativeOrder());
  }
}
