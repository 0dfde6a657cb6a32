package io.flannelj.cni.bridge;

import io.flannelj.cni.Attachment;
import io.flannelj.cni.CallerDirectory.FileLock;
import io.flannelj.cni.GcSteps;
import io.flannelj.cni.PluginContext;
import io.flannelj.cni.attachment.AttachmentRecord;
import io.flannelj.cni.attachment.Attachments;
import io.flannelj.cni.pod.AttachmentId;
import io.flannelj.cni.pod.HostNetwork;
import io.flannelj.cni.pod.PodPorts;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What GC of the bridge plugin takes away: veths, rules and records of this network's attachments
 * that are not in the runtime's list, then what IPAM keeps for them.
 *
 * <p>Veths are recognised by the alias that ADD gives them. One without (a Go plugin's) belongs to
 * nobody that could be told, and goes with its pod's namespace.
 */
final class BridgeGc {
  private final PluginContext c;
  private final HostNetwork host;
  private final Attachments attachments;
  private final List<Attachment> valid;
  private final GcSteps steps;

  BridgeGc(
      PluginContext c,
      HostNetwork host,
      Attachments attachments,
      List<Attachment> valid,
      GcSteps steps) {
    this.steps = steps;
    this.c = c;
    this.host = host;
    this.attachments = attachments;
    this.valid = valid;
  }

  /** Deletes the host's ends of attachments that are not valid; the pods' ends go with them. */
  void removeVeths() {
    String prefix = AttachmentId.aliasPrefix(c.conf().name());
    Set<String> kept = new HashSet<>();
    for (Attachment attachment : valid) {
      kept.add(
          new AttachmentId(attachment.network(), attachment.containerId(), attachment.ifName())
              .alias());
    }
    for (LinkInfo link : host.with(socket -> Links.showKind(socket, "veth"))) {
      if (link.alias().startsWith(prefix) && !kept.contains(link.alias())) {
        steps.attempt(() -> remove(link, link.alias().substring(prefix.length())));
      }
    }
  }

  private void remove(LinkInfo link, String owner) {
    int slash = owner.indexOf('/');
    // An alias that was shortened names nobody whose lock could be asked for.
    Optional<FileLock> lock = Optional.empty();
    if (slash > 0) {
      Attachment attachment =
          new Attachment(c.conf().name(), owner.substring(0, slash), owner.substring(slash + 1));
      lock = attachments.lock(c.files(), c.calledType(), attachment, Duration.ZERO);
      if (lock.isEmpty()) {
        c.log("bridge: GC passes over " + attachment + ": a call works on it");
        return;
      }
    }
    try {
      c.log("bridge: GC deletes " + link.name() + " of " + owner);
      new PodPorts(host).detach(link);
    } finally {
      lock.ifPresent(FileLock::close);
    }
  }

  /**
   * Forgets what the node learnt about addresses that are about to be free, and the records of
   * their use: another plugin's IPAM does not know of those.
   */
  void removeRecords(String bridge) {
    Set<Attachment> kept = new HashSet<>(valid);
    List<IpPrefix> addresses = new ArrayList<>();
    for (AttachmentRecord record : attachments.ofNetwork(c.files(), c.conf().name())) {
      if (!kept.contains(record.attachment()) && !isBusy(record)) {
        addresses.add(record.ip().toHostPrefix());
        attachments.remove(c.files(), c.conf().name(), record.ip());
      }
    }
    new PodPorts(host).forgetNeighbours(bridge, addresses);
  }

  private boolean isBusy(AttachmentRecord record) {
    Optional<FileLock> lock =
        attachments.lock(c.files(), record.holder(), record.attachment(), Duration.ZERO);
    lock.ifPresent(FileLock::close);
    return lock.isEmpty();
  }
}
