package io.flannelj.cni.server;

import io.flannelj.cni.Availability;
import io.flannelj.cni.Plugin;
import io.flannelj.cni.PluginDispatcher;
import io.flannelj.cni.PluginRegistry;
import io.flannelj.cni.attachment.AttachmentRecord;
import io.flannelj.cni.attachment.Attachments;
import io.flannelj.cni.bridge.Bridge;
import io.flannelj.cni.files.LockQueue;
import io.flannelj.cni.files.RootedFiles;
import io.flannelj.cni.flannel.Flannel;
import io.flannelj.cni.ipam.HostLocal;
import io.flannelj.cni.ipam.UnattendedRecords;
import io.flannelj.cni.loopback.Loopback;
import io.flannelj.cni.pod.HostNetwork;
import io.flannelj.cni.portmap.Portmap;
import io.flannelj.libc.FileDescriptor;
import io.flannelj.libc.NativeException;
import io.flannelj.net.IpAddress;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.sysctl.Sysctl;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What daemon and stand-alone process have in common: the same plugins on the same files under the
 * same locks. One for a process, as the queue of its locks is.
 */
public final class CniService implements AutoCloseable {
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  private final HostNetwork host;
  private final Attachments attachments;
  private final HostLocal addresses;
  private final PluginDispatcher dispatcher;
  private final LockQueue locks = new LockQueue();
  private volatile Supplier<Availability> daemon = Availability.Available::new;

  private CniService(HostNetwork host, String bootId) {
    this.host = host;
    attachments = new Attachments(bootId, record -> isGone(host, record));
    addresses = new HostLocal(attachments, System::currentTimeMillis);
    dispatcher =
        new PluginDispatcher(
            new PluginRegistry(plugins(host, attachments, addresses)),
            attachments,
            () -> daemon.get());
  }

  /**
   * Over the calling thread's network namespace, the host's.
   *
   * @throws IOException if /proc is not there
   */
  public static CniService open() throws IOException {
    String bootId = Files.readString(BOOT_ID).strip();
    return new CniService(HostNetwork.open(), bootId);
  }

  private static List<Plugin> plugins(
      HostNetwork host, Attachments attachments, HostLocal addresses) {
    return List.of(
        new Flannel(attachments),
        new Bridge(host, new Sysctl(), attachments),
        addresses,
        new Loopback(),
        new Portmap(host, new Sysctl(), attachments));
  }

  /** Any doubt is no: a record that is wrongly taken for dead gives its address away. */
  private static boolean isGone(HostNetwork host, AttachmentRecord record) {
    if (!LinkId.isName(record.hostVeth())) {
      return false;
    }
    try {
      LinkId veth = LinkId.named(record.hostVeth());
      Optional<LinkInfo> found = host.with(kernel -> Links.show(kernel, veth));
      return found.isEmpty() || found.get().index() != record.hostIndex();
    } catch (NativeException e) {
      return false;
    }
  }

  /** Lets STATUS tell from now on what the daemon says of the node's network. */
  public void follow(Supplier<Availability> availability) {
    daemon = availability;
  }

  /** Living attachments of all networks by their addresses. */
  public List<AttachmentRecord> living(Predicate<IpAddress> wanted) {
    try (FileDescriptor root = io.flannelj.libc.Files.open("/", io.flannelj.libc.Files.O_PATH, 0)) {
      RootedFiles files = new RootedFiles(root, locks);
      List<AttachmentRecord> found = new ArrayList<>();
      for (String network : attachments.networks(files)) {
        found.addAll(attachments.living(files, network, wanted));
      }
      return found;
    }
  }

  /** Address records that may be those of pods made by the reference plugins. */
  public List<AttachmentRecord> unattended(Predicate<IpAddress> wanted) {
    try (FileDescriptor root = io.flannelj.libc.Files.open("/", io.flannelj.libc.Files.O_PATH, 0)) {
      RootedFiles files = new RootedFiles(root, locks);
      return UnattendedRecords.find(files, attachments, wanted, System::currentTimeMillis);
    }
  }

  /** The build that hello names: the version in the jar's manifest. */
  public static String build() {
    return Optional.ofNullable(CniService.class.getPackage().getImplementationVersion())
        .orElse("0.1.0-unpacked");
  }

  /** Carries out calls of all plugins. */
  public CallHandler handler() {
    return new DispatchedCalls(dispatcher, root -> new RootedFiles(root, locks));
  }

  /** For tests: all callers have this root directory. */
  CallHandler handlerBelow(FileDescriptor root) {
    return new DispatchedCalls(dispatcher, callersRoot -> new RootedFiles(root, locks));
  }

  /**
   * A call that changes nothing, for {@link CniServer#warmUp}: the DEL of a container that never
   * was.
   */
  public static Request warmUpRequest() {
    String config = "{\"cniVersion\":\"1.0.0\",\"name\":\"warm-up\",\"type\":\"flannel\"}";
    return new Request(
        build(),
        "flannel",
        Map.of(
            "CNI_COMMAND", "DEL",
            "CNI_CONTAINERID", "warm-up",
            "CNI_IFNAME", "eth0",
            "CNI_NETNS", "/warm-up",
            "CNI_PATH", "/nonexistent"),
        config.getBytes(StandardCharsets.UTF_8),
        NetnsFacts.absent(),
        Optional.empty());
  }

  static boolean isWarmUp(Request request) {
    return "/warm-up".equals(request.environment().get("CNI_NETNS"))
        && "warm-up".equals(request.environment().get("CNI_CONTAINERID"));
  }

  /** Addresses taken back from attachments that had ended without DEL, since the start. */
  public long reclaimedAddresses() {
    return addresses.reclaimed();
  }

  @Override
  public void close() {
    host.close();
  }
}
