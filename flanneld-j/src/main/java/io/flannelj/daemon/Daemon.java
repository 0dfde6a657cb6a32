package io.flannelj.daemon;

import io.flannelj.cni.server.CniServer;
import io.flannelj.cni.server.CniService;
import io.flannelj.cni.server.MeteredCalls;
import io.flannelj.cni.server.ServerSettings;
import io.flannelj.config.Options;
import io.flannelj.desired.DesiredState;
import io.flannelj.desired.TrafficRules;
import io.flannelj.kernel.DeviceIndex;
import io.flannelj.kernel.EventMonitor;
import io.flannelj.kernel.ForeignFirewall;
import io.flannelj.kernel.NodeInterfaces;
import io.flannelj.kernel.PodBridge;
import io.flannelj.kernel.PodBridgePlan;
import io.flannelj.kernel.RulesMonitor;
import io.flannelj.kernel.SilentMonitor;
import io.flannelj.kernel.VxlanDeviceTable;
import io.flannelj.libc.FileDescriptor;
import io.flannelj.net.AddressFamily;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.status.DaemonStatus;
import io.flannelj.status.NetworkAvailability;
import io.flannelj.status.StatusJson;
import io.flannelj.status.StatusPages;
import io.flannelj.status.StatusReport;
import io.flannelj.status.StatusServer;
import io.flannelj.status.StatusText;
import io.flannelj.status.metrics.CallCounts;
import io.flannelj.status.metrics.MetricsPage;
import io.flannelj.status.metrics.RoundCounts;
import io.flannelj.store.LeaseClock;
import io.flannelj.store.LeaseStore;
import io.flannelj.store.lastgood.LastGoodFile;
import io.flannelj.systemd.ServiceNotifier;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon, wired by hand. Stopping it leaves the data plane as it is: pods go on talking, and
 * the next start adopts what it finds.
 */
public final class Daemon implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

  private final Options options;
  private final ServiceNotifier notifier;
  private final NetlinkSocket route = NetlinkSocket.open(NetlinkFamily.ROUTE);
  private final NetlinkSocket netfilter = NetlinkSocket.open(NetlinkFamily.NETFILTER);
  private final ForeignFirewall firewall = new ForeignFirewall(netfilter);
  private final FamilyRounds networks;
  private final PodBridge bridge = new PodBridge();
  private final BridgeMemory bridgeMemory;
  private final DirtyMarks marks = new DirtyMarks();
  private final StatusServer server = new StatusServer();
  private final LeaseStore store;
  private final LastGoodFile lastGood;
  private final FormerPods formerPods;
  private final NodeLoop loop;
  private final CallCounts callCounts = new CallCounts();
  private final RoundCounts roundCounts = new RoundCounts();
  private volatile Optional<CallPractice> practice = Optional.empty();
  private volatile Optional<EventMonitor> monitor = Optional.empty();
  private volatile LongSupplier reclaimed = () -> 0;
  private volatile boolean leftLoop;

  /**
   * Opens what the daemon needs; nothing in the kernel is changed yet.
   *
   * @param environment of the process, for NOTIFY_SOCKET
   */
  public Daemon(Options options, Map<String, String> environment) {
    this.options = options;
    boolean blackhole = options.traffic().blackholeRoute();
    this.networks = new FamilyRounds(plan -> new FamilyNetwork(route, netfilter, plan, blackhole));
    this.notifier = ServiceNotifier.of(environment);
    Clock clock = Clock.systemUTC();
    LeaseClock leaseClock = new LeaseClock(clock, Uptime::millis);
    this.store = LeaseStores.open(options, environment, leaseClock, LOG::warn);
    this.lastGood = new LastGoodFile(Path.of(options.store().snapshotDir()), LOG::warn);
    WithoutStore withoutStore = new WithoutStore(lastGood, options.nodeName(), store);
    FormerPods formerPods = new FormerPods();
    this.formerPods = formerPods;
    VxlanDeviceTable devices = new VxlanDeviceTable(route, new DeviceIndex());
    Node node =
        new Node(options, store, new NodeInterfaces(route), devices, withoutStore, formerPods);
    OwnLease own =
        new OwnLease(options, node, store, leaseClock, lastGood, formerPods, marks::leasesChanged);
    this.bridgeMemory = new BridgeMemory(Path.of(options.stateDir()));
    bridge.recallFrom(bridgeMemory::recall);
    Surroundings around =
        new Surroundings(route, netfilter, bridge, bridgeMemory, formerPods, firewall, networks);
    this.loop =
        new NodeLoop(
            options,
            node,
            store,
            own,
            networks,
            around,
            marks,
            roundCounts,
            clock,
            this::listen,
            this::ready);
  }

  /** What happens after the return is seen, so it comes before the first look at the kernel. */
  private void listen(List<AddressFamily> families) {
    monitor =
        Optional.of(EventMonitor.start(families, networks::watched, bridge, marks::kernelChanged));
  }

  /**
   * Runs until {@link #close()} is called from another thread.
   *
   * @throws IOException if a socket to listen on is taken: another daemon runs
   */
  public void run() throws IOException, InterruptedException {
    try (FileDescriptor lock = StateDirLock.take(Path.of(options.stateDir()))) {
      runAlone();
    }
  }

  private void runAlone() throws IOException, InterruptedException {
    server.listen(Path.of(options.stateDir(), "control.sock"), this::controlPage);
    if (options.healthzPort() != 0) {
      listenForProbes();
    }
    String build = CniService.build();
    try (CniService plugins = CniService.open();
        CniServer calls =
            CniServer.start(
                ServerSettings.of(Path.of(options.cniSocket()), build, LOG::info),
                new MeteredCalls(plugins.handler(), callCounts, System::nanoTime));
        CallPractice practice = new CallPractice(Path.of(options.stateDir()), calls);
        HeapTrim trim = HeapTrim.start();
        SilentMonitor silent =
            SilentMonitor.start(this::sysctls, this::rules, marks::kernelChanged);
        RulesMonitor rules =
            RulesMonitor.start(netfilter.port(), firewall::filters, marks::kernelChanged)) {
      this.practice = Optional.of(practice);
      plugins.follow(() -> NetworkAvailability.of(loop.status()));
      formerPods.use(plugins::living);
      formerPods.useForeign(plugins::unattended, bridge::portNames);
      bridgeMemory.use(plugins::living);
      this.reclaimed = plugins::reclaimedAddresses;
      loop.run();
      leftLoop = true;
    } finally {
      monitor.ifPresent(EventMonitor::close);
      bridgeMemory.keep(bridge.toRemember());
    }
  }

  /** Whether what still runs after {@link #close} is calls of container runtimes. */
  public boolean hasLeftLoop() {
    return leftLoop;
  }

  private Map<String, String> sysctls() {
    Map<String, String> wanted = new HashMap<>();
    networks.watched().forEach(family -> wanted.putAll(family.desired().sysctls()));
    bridge.wantedBridge().values().forEach(facts -> wanted.putAll(facts.sysctls()));
    return wanted;
  }

  private List<TrafficRules> rules() {
    return networks.watched().stream().map(family -> family.desired().rules()).toList();
  }

  /** A taken health port is no reason to leave the node without a network. */
  private void listenForProbes() {
    try {
      server.listen(options.healthzIp(), options.healthzPort(), this::probePage);
    } catch (IOException e) {
      LOG.error(
          "{}; the node works on without health port: free it or choose another with"
              + " --healthz-port",
          e.getMessage());
    }
  }

  private void ready(DaemonStatus status) {
    practice.ifPresent(CallPractice::begin);
    store.networkReady();
    notifier.ready(StatusPages.summary(status));
  }

  private StatusServer.Page probePage(String path) {
    return switch (path) {
      case "/healthz" -> new StatusServer.Page(200, "flanneld is running");
      case "/readyz" -> {
        DaemonStatus status = loop.status();
        yield new StatusServer.Page(status.isReady() ? 200 : 503, StatusPages.readiness(status));
      }
      case "/metrics" -> metricsPage();
      default ->
          new StatusServer.Page(404, "no such page; there are /healthz, /readyz and /metrics\n");
    };
  }

  private StatusServer.Page controlPage(String path) {
    DaemonStatus status = loop.status();
    return switch (path) {
      case "/status" -> new StatusServer.Page(200, StatusText.of(report(status)));
      case "/status?json" ->
          new StatusServer.Page(200, StatusJson.of(report(status)), "application/json");
      case "/leases" -> new StatusServer.Page(200, StatusPages.leases(status.leases()));
      case "/metrics" -> metricsPage();
      case "/plan?diff" -> new StatusServer.Page(200, diff());
      case "/plan" -> new StatusServer.Page(200, plan(status));
      default -> probePage(path);
    };
  }

  /** Reads the kernel again: what a report says of it must be true at its moment. */
  private StatusReport report(DaemonStatus status) {
    Instant now = Instant.now();
    try (KernelComparison kernel = new KernelComparison()) {
      return StatusReport.of(status, loop.history(), kernel.compare(status.desired(), bridge), now);
    }
  }

  private StatusServer.Page metricsPage() {
    MetricsPage page =
        new MetricsPage(CniService.build(), callCounts, roundCounts, () -> reclaimed.getAsLong());
    return new StatusServer.Page(200, page.print(loop.status()), MetricsPage.CONTENT_TYPE);
  }

  private String diff() {
    List<DesiredState> desired = loop.desired();
    if (desired.isEmpty()) {
      return StatusPages.plan(loop.status());
    }
    try (PlanDiff diff = new PlanDiff()) {
      return diff.print(desired, new PodBridgePlan(bridge));
    }
  }

  private String plan(DaemonStatus status) {
    List<String> pods = new PodBridgePlan(bridge).commands();
    return StatusPages.plan(status) + (pods.isEmpty() ? "" : String.join("\n", pods) + "\n");
  }

  @Override
  public void close() {
    notifier.stopping();
    loop.stop();
    store.close();
    lastGood.close();
    server.close();
  }
}
