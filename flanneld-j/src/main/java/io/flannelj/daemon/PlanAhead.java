package io.flannelj.daemon;

import io.flannelj.config.Options;
import io.flannelj.desired.CommandPrinter;
import io.flannelj.desired.DesiredState;
import io.flannelj.desired.TrafficRules;
import io.flannelj.kernel.DeviceIndex;
import io.flannelj.kernel.GoFlannelChains;
import io.flannelj.kernel.GoFlannelLegacyChains;
import io.flannelj.kernel.NodeInterfaces;
import io.flannelj.kernel.VxlanDeviceTable;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.IpAddress;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.store.LeaseClock;
import io.flannelj.store.LeaseRequest;
import io.flannelj.store.LeaseStore;
import io.flannelj.store.NodeIdentity;
import io.flannelj.store.StoreException;
import io.flannelj.store.lastgood.LastGoodFile;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What the daemon would do on a node where it does not run yet, such as one with Go flannel: the
 * store and the kernel are read, nothing is written.
 */
public final class PlanAhead {
  private static final long PATIENCE_SECONDS = 20;

  private PlanAhead() {}

  /**
   * The plan as commands.
   *
   * @param diff only what differs from the kernel now
   * @throws StoreException if the store is not reached or has no lease of this node yet
   */
  public static String print(Options options, Map<String, String> environment, boolean diff)
      throws InterruptedException {
    List<String> said = new ArrayList<>();
    LeaseClock clock = new LeaseClock(Clock.systemUTC(), Uptime::millis);
    try (NetlinkSocket route = NetlinkSocket.open(NetlinkFamily.ROUTE);
        NetlinkSocket netfilter = NetlinkSocket.open(NetlinkFamily.NETFILTER);
        LeaseStore store =
            new ReadOnly(
                LeaseStores.open(
                    options, environment, clock, line -> said.add("# " + line + "\n")));
        LastGoodFile last = new LastGoodFile(Path.of(options.store().snapshotDir()), said::add)) {
      Node node =
          new Node(
              options,
              store,
              new NodeInterfaces(route),
              new VxlanDeviceTable(route, new DeviceIndex()),
              new WithoutStore(last, options.nodeName(), store),
              new FormerPods());
      Node.Start start = node.establish();
      if (!start.problem().isEmpty()) {
        throw new StoreException(start.problem());
      }
      LeaseSnapshot leases = snapshot(store);
      List<DesiredState> desired =
          node.plans(start.basis()).all().stream().map(plan -> plan.plan(leases).state()).toList();
      return String.join("", said) + text(desired, diff, netfilter);
    }
  }

  private static String text(List<DesiredState> desired, boolean diff, NetlinkSocket netfilter) {
    if (!diff) {
      List<String> lines =
          desired.stream().flatMap(state -> CommandPrinter.print(state).stream()).toList();
      return String.join("\n", lines) + "\n";
    }
    List<TrafficRules> rules = desired.stream().map(DesiredState::rules).toList();
    StringBuilder text = new StringBuilder();
    try (PlanDiff kernel = new PlanDiff()) {
      text.append(kernel.print(desired));
    }
    List<String> chains = new ArrayList<>(new GoFlannelChains(netfilter).present(rules));
    chains.addAll(new GoFlannelLegacyChains().present(rules));
    chains.forEach(
        chain -> text.append("# goes once these rules stand: ").append(chain).append('\n'));
    return text.toString();
  }

  private static LeaseSnapshot snapshot(LeaseStore store) throws InterruptedException {
    CompletableFuture<LeaseSnapshot> first = new CompletableFuture<>();
    store.watch(
        leases -> {
          if (leases.inSync()) {
            first.complete(leases);
          }
        },
        state -> {
          if (!state.problem().isEmpty()) {
            first.completeExceptionally(new StoreException(state.problem()));
          }
        });
    try {
      return first.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      throw new StoreException(
          String.valueOf(cause == null ? e.getMessage() : cause.getMessage()), e);
    } catch (TimeoutException e) {
      throw new StoreException(
          store.name() + " does not say which leases there are in " + PATIENCE_SECONDS + " s", e);
    }
  }

  /** Takes no lease: finds the one that is there. */
  private static final class ReadOnly extends ForwardingStore {
    ReadOnly(LeaseStore store) {
      super(store);
    }

    @Override
    public void networkReady() {
      // Nothing is set up here, and a store would tell others that it is.
    }

    @Override
    public Lease acquire(LeaseRequest request) {
      List<IpAddress> addresses =
          request.halves().stream().map(LeaseRequest.Half::publicIp).toList();
      return store
          .findByNode(new NodeIdentity(request.node(), addresses))
          .orElseThrow(
              () ->
                  new StoreException(
                      store.name()
                          + " has no lease of "
                          + request.node()
                          + " "
                          + addresses
                          + ": 'flanneld-j run' would take a subnet, which a plan does not"));
    }

    @Override
    public Optional<Lease> replaced() {
      return Optional.empty();
    }
  }
}
