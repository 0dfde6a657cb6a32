package io.flannelj.cni.pod;

import static io.flannelj.netlink.route.link.LinkConstants.IF_OPER_UP;

import io.flannelj.libc.Errno;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.address.AddressSpec;
import io.flannelj.netlink.route.address.Addresses;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.netlink.route.link.VethEnd;
import io.flannelj.netlink.route.neighbour.Neighbours;
import io.flannelj.netlink.route.route.RouteSpec;
import io.flannelj.netlink.route.route.Routes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Attaches pods to a bridge and takes them off again. */
public final class PodPorts {
  private static final int NAME_ATTEMPTS = 10;
  private static final int IFA_F_NODAD = 0x02;
  private static final long UP_CEILING_SECONDS = 10;
  private static final long LOOK_MILLIS = 100;

  private final HostNetwork host;

  /** In a host's namespace. */
  public PodPorts(HostNetwork host) {
    this.host = host;
  }

  /**
   * Makes the veth pair, configures the pod's end and waits until the port forwards: before that
   * the pod's first packet would be lost and its retry comes a second later.
   *
   * @param pod rtnetlink socket inside the pod's namespace
   * @param namespace descriptor of the pod's namespace
   * @throws BridgeException if the pod already has an interface of that name
   * @throws NetlinkException if the kernel refuses a step; nothing is left behind then
   */
  public PodPort attach(
      AttachmentId id,
      LinkInfo bridge,
      PortSettings settings,
      NetlinkTransport pod,
      int namespace) {
    LinkInfo end = create(id, bridge, settings, namespace, pod);
    try {
      host.with(
          socket -> {
            settings.vlans().apply(socket, end.index());
            return true;
          });
      MacAddress podMac = configure(end.underlay(), settings, pod);
      if (settings.up()) {
        awaitUp(end);
        // The first port gives the bridge its carrier, and the same work queue opens the bridge's
        // transmit side some time after: until then what the node sends to the pod is dropped.
        if (bridge.operationalState() != IF_OPER_UP) {
          awaitBridge(bridge);
        }
      }
      return new PodPort(end.name(), end.index(), end.mac(), podMac);
    } catch (RuntimeException e) {
      host.removal().delete(end.id());
      throw e;
    }
  }

  /** The pair, and of the host's end what a bridge port cannot be created with. */
  private LinkInfo create(
      AttachmentId id,
      LinkInfo bridge,
      PortSettings settings,
      int namespace,
      NetlinkTransport pod) {
    VethEnd inside = VethEnd.named(id.ifName()).withMtu(settings.mtu()).inNetns(namespace);
    if (settings.mac().isPresent()) {
      inside = inside.withMac(settings.mac().get());
    }
    int taken = 0;
    for (int attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
      String name = id.hostName(taken);
      VethEnd outside =
          VethEnd.named(name).withMtu(settings.mtu()).withMaster(bridge.index()).withUp();
      VethEnd peer = inside;
      try {
        return host.with(
            socket -> {
              socket.execute(Links.createVeth(outside, peer));
              return finish(socket, name, id, settings);
            });
      } catch (NetlinkException e) {
        if (e.errno() != Errno.EEXIST) {
          throw e;
        }
        if (Bridges.find(pod, id.ifName()).isPresent()) {
          throw new BridgeException(
              "container veth name (\""
                  + id.ifName()
                  + "\") peer provided (\""
                  + name
                  + "\") already exists");
        }
        if (!removeLeftover(id, name)) {
          taken++;
        }
      }
    }
    throw new BridgeException(
        "no free name for the host's end of " + id.alias() + " after " + NAME_ATTEMPTS + " tries");
  }

  private LinkInfo finish(
      NetlinkTransport socket, String name, AttachmentId id, PortSettings settings) {
    LinkId end = LinkId.named(name);
    NetlinkRequest port = Links.setPort(end, id.alias(), settings.hairpin(), settings.isolated());
    try {
      return LinkInfo.of(socket.executeThenQuery(List.of(port), Links.get(end)));
    } catch (NetlinkException e) {
      Bridges.find(socket, name).ifPresent(made -> host.removal().delete(made.id()));
      throw e;
    }
  }

  /**
   * A veth of this very attachment whose pod lost its end's name: an ADD that died on the way.
   *
   * @return whether the name is free now
   */
  private boolean removeLeftover(AttachmentId id, String name) {
    Optional<LinkInfo> there = host.with(socket -> Bridges.find(socket, name));
    if (there.isPresent() && there.get().alias().equals(id.alias())) {
      host.removal().delete(there.get().id());
      return true;
    }
    return there.isEmpty();
  }

  /** Addresses, up and routes, in this order; tells the MAC that the pod's end has got. */
  private static MacAddress configure(int index, PortSettings settings, NetlinkTransport pod) {
    List<NetlinkRequest> requests = new ArrayList<>();
    for (IpPrefix address : settings.addresses()) {
      boolean skipDetection = !address.isIpv4() && !settings.detectDuplicates();
      AddressSpec spec = AddressSpec.of(index, address).withBroadcast();
      requests.add(Addresses.add(skipDetection ? spec.withFlags(IFA_F_NODAD) : spec));
    }
    if (settings.up()) {
      requests.add(Links.setUp(LinkId.of(index)));
      for (PortSettings.PodRoute route : settings.routes()) {
        requests.add(Routes.append(spec(route, index)));
      }
    }
    return LinkInfo.of(pod.executeThenQuery(requests, Links.get(LinkId.of(index)))).mac();
  }

  private static RouteSpec spec(PortSettings.PodRoute route, int index) {
    RouteSpec spec =
        route.gateway().isPresent()
            ? RouteSpec.via(route.destination(), route.gateway().get(), index)
            : RouteSpec.onDevice(route.destination(), index);
    spec = spec.withMtu(route.mtu()).withAdvertisedMss(route.advertisedMss());
    spec = spec.withMetric(route.metric());
    if (route.table() != 0) {
      spec = spec.withTable(route.table());
    }
    return route.scope() < 0 ? spec : spec.withScope(route.scope());
  }

  /**
   * The carrier of the host's end follows the pod's end on a kernel work queue; the bridge port
   * forwards from the same notification on.
   */
  private void awaitUp(LinkInfo end) {
    if (isUp(end.id())) {
      return;
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(UP_CEILING_SECONDS);
    try {
      CompletableFuture<LinkWatcher.Event> up = host.links().whenUp(end.index());
      while (!isUp(end.id())) {
        if (System.nanoTime() > deadline) {
          throw new BridgeException(
              "bridge port in error state: "
                  + end.name()
                  + " is not up after "
                  + UP_CEILING_SECONDS
                  + " s");
        }
        if (up.isDone()) {
          up = host.links().whenUp(end.index());
        } else if (isSeen(up)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BridgeException("interrupted while " + end.name() + " came up");
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } finally {
      host.links().forget(end.index());
    }
  }

  /** False after a while without the notification too: then it is time to look for oneself. */
  private static boolean isSeen(CompletableFuture<LinkWatcher.Event> up)
      throws InterruptedException, ExecutionException {
    try {
      return up.get(LOOK_MILLIS, TimeUnit.MILLISECONDS) == LinkWatcher.Event.SEEN;
    } catch (TimeoutException e) {
      return false;
    }
  }

  /** A bridge that somebody runs with STP stays without carrier for longer: no reason to fail. */
  private void awaitBridge(LinkInfo bridge) {
    try {
      awaitUp(bridge);
    } catch (BridgeException e) {
      return;
    }
  }

  private boolean isUp(LinkId link) {
    return host.with(
        socket -> LinkInfo.of(socket.query(Links.get(link))).operationalState() == IF_OPER_UP);
  }

  /**
   * The host's end of an attachment that we made, found by its name and confirmed by its alias. Who
   * had the name before it may have gone since: one free name is not the end of the search.
   */
  public Optional<LinkInfo> find(AttachmentId id) {
    int free = 0;
    for (int attempt = 0; attempt < NAME_ATTEMPTS && free < 2; attempt++) {
      String name = id.hostName(attempt);
      Optional<LinkInfo> link = host.with(socket -> Bridges.find(socket, name));
      if (link.isEmpty()) {
        free++;
      } else if (link.get().alias().equals(id.alias())) {
        return link;
      }
    }
    return Optional.empty();
  }

  /**
   * Takes a pod off: its veth, then the neighbour entries of its addresses on the bridge. Does
   * nothing where there is nothing.
   */
  public void detach(LinkInfo end) {
    host.removal().delete(end.id());
  }

  /** Forgets what the node learnt about addresses that are about to be given to other pods. */
  public void forgetNeighbours(String bridgeName, List<IpPrefix> addresses) {
    if (addresses.isEmpty()) {
      return;
    }
    host.with(
        socket -> {
          Optional<LinkInfo> bridge = Bridges.find(socket, bridgeName);
          if (bridge.isPresent()) {
            List<NetlinkRequest> requests = new ArrayList<>();
            for (IpPrefix address : addresses) {
              requests.add(Neighbours.delete(bridge.get().index(), address.address()));
            }
            // Missing ones are as good as deleted, and a failure here harms nobody.
            socket.executeAll(requests);
          }
          return true;
        });
  }
}
