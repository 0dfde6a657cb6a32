package io.flannelj.store.kubernetes;

import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonNull;
import io.flannelj.cni.json.JsonString;
import io.flannelj.config.InterfaceOptions;
import io.flannelj.config.KubernetesOptions;
import io.flannelj.config.SubnetPool;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.store.LeaseRequest;
import io.flannelj.store.LeaseStore;
import io.flannelj.store.NodeIdentity;
import io.flannelj.store.StoreException;
import io.flannelj.store.StoreState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;

/** The store over the Nodes of a Kubernetes cluster. A lease there has no end. */
public final class KubernetesStore implements LeaseStore {
  private static final int NOT_FOUND = 404;

  private final Api api;
  private final NodeFormat format;
  private final String prefix;
  private final String node;
  private final boolean setCondition;
  private final Consumer<String> report;
  private final NodeCondition condition;
  private final NodeEvents events;
  private final List<NodeWatch> watches = new ArrayList<>();
  private volatile Optional<Followed> follower = Optional.empty();
  private volatile Optional<KubeNode> own = Optional.empty();
  private volatile Optional<LeaseRequest> request = Optional.empty();

  /**
   * Over the cluster that the flags name; it is asked nothing yet.
   *
   * @param environment of the process, for the pod's service account
   * @param node our node's name
   * @param report gets one line for each node that is passed over
   */
  public KubernetesStore(
      KubernetesOptions options,
      Map<String, String> environment,
      String node,
      Consumer<String> report) {
    this(
        options,
        ClusterAccesses.find(options, environment),
        Patience.USUAL,
        node,
        report,
        LoggerFactory.getLogger(KubernetesStore.class)::info);
  }

  KubernetesStore(
      KubernetesOptions options,
      ClusterAccess access,
      Patience patience,
      String node,
      Consumer<String> report,
      Consumer<String> remark) {
    this.api = new Api(access, patience);
    this.prefix = slashed(options.annotationPrefix());
    this.format = new NodeFormat(prefix);
    this.node = node;
    this.setCondition = options.setNetworkUnavailable();
    this.report = report;
    this.condition = new NodeCondition(api, format, path(node) + "/status", report, this::tell);
    this.events = new NodeEvents(api, node, remark);
  }

  /** flannel's rule: a prefix without slash gets one, what follows a slash gets a dash. */
  static String slashed(String prefix) {
    if (!prefix.contains("/")) {
      return prefix + "/";
    }
    return prefix.endsWith("/") || prefix.endsWith("-") ? prefix : prefix + "-";
  }

  private static String path(String node) {
    return "/api/v1/nodes/" + node;
  }

  @Override
  public String name() {
    return "kubernetes " + api.server();
  }

  @Override
  public void expect(Supplier<Map<IpPrefix, Lease>> lastGood) {
    // An API server that answers has what it has: there is no mount point to be forgotten.
  }

  private KubeNode fetch() {
    try {
      KubeNode fresh = api.get(path(node), NodeFormat.ACCEPTED, format::single);
      own = Optional.of(fresh);
      return fresh;
    } catch (ApiException e) {
      if (e.status() == NOT_FOUND) {
        throw new StoreException(
            "the cluster has no node \""
                + node
                + "\": the kubelet registers it; if it has another name there, give it with"
                + " NODE_NAME or --node-name",
            e);
      }
      throw new StoreException(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new StoreException("node " + node + " cannot be read: " + e.getMessage(), e);
    }
  }

  @Override
  public InterfaceOptions advised(InterfaceOptions given) {
    try {
      KubeNode present = own.isPresent() ? own.get() : fetch();
      return new InterfaceOptions(
          given.names(),
          given.regexes(),
          given.canReach(),
          address(present, "node-public-ip").or(given::publicIp),
          address(present, "node-public-ipv6").or(given::publicIpv6));
    } catch (StoreException e) {
      // Whoever asks next for the node itself is told.
      return given;
    }
  }

  private Optional<IpAddress> address(KubeNode from, String key) {
    String text = from.annotation(key);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(IpAddress.parse(text));
    } catch (IllegalArgumentException e) {
      report.accept("annotation " + prefix + key + " is passed over: " + e.getMessage());
      return Optional.empty();
    }
  }

  @Override
  public Optional<Lease> findByNode(NodeIdentity who) {
    try {
      return read(fetch());
    } catch (IllegalArgumentException e) {
      report.accept("our own annotations are passed over: " + e.getMessage());
      return Optional.empty();
    }
  }

  /** Others send to public-ip-overwrite; here counts the address that is ours. */
  private Optional<Lease> read(KubeNode from) {
    Optional<Lease> lease = NodeLease.read(from);
    if (!from.name().equals(node) || request.isEmpty()) {
      return lease;
    }
    Map<AddressFamily, IpAddress> overwritten = new HashMap<>();
    for (LeaseRequest.Half half : request.get().halves()) {
      AddressFamily family = half.pool().family();
      String name = family == AddressFamily.IPV4 ? "public-ip" : "public-ipv6";
      String overwrite = from.annotation(name + "-overwrite");
      if (!overwrite.isEmpty() && overwrite.equals(from.annotation(name))) {
        overwritten.put(family, half.publicIp());
      }
    }
    return lease.map(found -> found.withPublicIps(overwritten));
  }

  @Override
  public Lease acquire(LeaseRequest wish) {
    request = Optional.of(wish);
    KubeNode present = fetch();
    check(present, wish);
    events.arrived(String.join(", ", present.podCidrs()));
    Map<String, String> wanted = NodeLease.announce(wish, present);
    List<String> withdrawn = NodeLease.withdrawn(wish, present);
    if (!withdrawn.isEmpty() || !present.annotations().entrySet().containsAll(wanted.entrySet())) {
      present = annotate(wanted, withdrawn);
    }
    try {
      return read(present)
          .orElseThrow(() -> new StoreException("node " + node + " lost its annotations at once"));
    } catch (IllegalArgumentException e) {
      throw new StoreException("our own annotations cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Its pod CIDRs are what the controller manager gave it; here is only looked whether they fit.
   */
  private void check(KubeNode present, LeaseRequest wish) {
    List<IpPrefix> subnets;
    try {
      subnets = NodeLease.subnets(present);
    } catch (IllegalArgumentException e) {
      throw new StoreException("node " + present.name() + ": " + e.getMessage(), e);
    }
    for (LeaseRequest.Half half : wish.halves()) {
      boolean ipv4 = half.pool().family() == AddressFamily.IPV4;
      IpPrefix subnet =
          subnets.stream()
              .filter(found -> found.isIpv4() == ipv4)
              .findFirst()
              .orElseThrow(() -> noPodCidr(half.pool()));
      if (!half.pool().network().contains(subnet)) {
        throw new StoreException(
            "the podCIDR "
                + subnet
                + " of node "
                + present.name()
                + " is not within Network "
                + half.pool().network()
                + ": net-conf.json and the controller manager's --cluster-cidr must agree");
      }
    }
  }

  private StoreException noPodCidr(SubnetPool pool) {
    String text =
        "node "
            + node
            + " has no podCIDR of "
            + pool.family()
            + " yet: the controller manager assigns it (--allocate-node-cidrs, --cluster-cidr "
            + pool.network()
            + ")";
    events.missing(text);
    return new StoreException(text);
  }

  private KubeNode annotate(Map<String, String> wanted, List<String> withdrawn) {
    List<String> members = new ArrayList<>();
    wanted.forEach((key, value) -> members.add(member(key, new JsonString(value))));
    // A merge patch removes what is null.
    withdrawn.forEach(key -> members.add(member(key, JsonNull.NULL)));
    String body = "{\"metadata\":{\"annotations\":{" + String.join(",", members) + "}}}";
    try {
      KubeNode changed = api.patch(path(node) + "/status", body, format::single);
      own = Optional.of(changed);
      return changed;
    } catch (IOException e) {
      throw new StoreException(String.valueOf(e.getMessage()), e);
    }
  }

  private String member(String key, Json value) {
    return new JsonString(prefix + key).toCompactText() + ":" + value.toCompactText();
  }

  /** A node of our name is our node: the kubelet sees to that. */
  @Override
  public Optional<Lease> replaced() {
    return Optional.empty();
  }

  @Override
  public void networkReady() {
    if (setCondition) {
      condition.networkReady();
    }
  }

  private void saw(KubeNode seen) {
    if (seen.name().equals(node)) {
      own = Optional.of(seen);
      condition.saw(seen);
    }
  }

  @Override
  public synchronized void watch(Consumer<LeaseSnapshot> listener, Consumer<StoreState> state) {
    Followed followed = new Followed(condition::problem, state);
    follower = Optional.of(followed);
    NodeWatch watch =
        new NodeWatch(
            api, format, new KnownNodes(this::read, report), this::saw, listener, followed::saw);
    watches.add(watch);
    watch.start();
  }

  private void tell() {
    follower.ifPresent(Followed::tell);
  }

  /** How the watch goes, and what else is to be told with it. */
  private static final class Followed {
    private final Supplier<String> more;
    private final Consumer<StoreState> state;
    private StoreState watch = StoreState.GOOD;

    Followed(Supplier<String> more, Consumer<StoreState> state) {
      this.more = more;
      this.state = state;
    }

    synchronized void saw(StoreState now) {
      watch = now;
      tell();
    }

    synchronized void tell() {
      List<String> notes = new ArrayList<>(watch.notes());
      Optional.of(more.get()).filter(text -> !text.isEmpty()).ifPresent(notes::add);
      state.accept(new StoreState(watch.problem(), notes));
    }
  }

  @Override
  public synchronized void close() {
    watches.forEach(NodeWatch::close);
    watches.clear();
    condition.close();
    events.close();
    api.close();
  }
}
