package io.flannelj.cni.server;

import io.flannelj.cni.CallerDirectory.FileLock;
import io.flannelj.cni.CallerEnvironment;
import io.flannelj.cni.CallerFiles;
import io.flannelj.cni.ForeignPlugins;
import io.flannelj.cni.PodNamespace;
import io.flannelj.libc.Errno;
import io.flannelj.libc.FileDescriptor;
import io.flannelj.netlink.NetlinkBuffers;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.netlink.NetlinkTransport;
import java.util.Optional;

/** The caller's side as far as its launcher has sent it. */
final class SocketCaller implements CallerEnvironment, AutoCloseable {
  private final ServedCall call;
  private final CallerFiles files;
  private final Optional<Pod> pod;

  SocketCaller(ServedCall call, CallerFiles files, NetlinkBuffers buffers) {
    this.call = call;
    this.files = files;
    Optional<FileDescriptor> socket = call.routeSocket();
    Optional<FileDescriptor> namespace = call.namespace();
    this.pod =
        socket.isPresent() && namespace.isPresent()
            ? Optional.of(new Pod(call.request(), namespace.get(), socket.get(), buffers))
            : Optional.empty();
  }

  @Override
  public CallerFiles files() {
    return files;
  }

  @Override
  public Optional<PodNamespace> pod() {
    return pod.map(namespace -> namespace);
  }

  @Override
  public Optional<PodProblem> podProblem() {
    NetnsFacts facts = call.request().netns();
    if (pod.isPresent() || !facts.given()) {
      return Optional.empty();
    }
    boolean gone = facts.step() == NetnsFacts.Step.OPEN && Errno.of(facts.errno()) == Errno.ENOENT;
    return Optional.of(new PodProblem(gone, facts.text()));
  }

  @Override
  public ForeignPlugins foreign() {
    return new LaunchedPlugins(call);
  }

  @Override
  public boolean keep(FileLock lock) {
    call.keep(lock);
    return true;
  }

  @Override
  public boolean hasLock() {
    return call.hasLock();
  }

  /** The call is over, but for the descriptors: they are the server's. */
  @Override
  public void close() {
    pod.ifPresent(Pod::release);
  }

  /** One thread serves a call, so nothing here is guarded. */
  private static final class Pod implements PodNamespace {
    private final Request request;
    private final FileDescriptor namespace;
    private final FileDescriptor socket;
    private final NetlinkBuffers buffers;
    private Optional<NetlinkSocket> adopted = Optional.empty();

    Pod(Request request, FileDescriptor namespace, FileDescriptor socket, NetlinkBuffers buffers) {
      this.request = request;
      this.namespace = namespace;
      this.socket = socket;
      this.buffers = buffers;
    }

    @Override
    public String path() {
      return request.environment().getOrDefault("CNI_NETNS", "");
    }

    @Override
    public NetlinkTransport rtnetlink() {
      return adopt();
    }

    @Override
    public int descriptor() {
      return namespace.number();
    }

    @Override
    public long cookie() {
      return adopt().namespaceCookie();
    }

    /** The server closes the descriptor, and so the socket, at the end of the call. */
    private NetlinkSocket adopt() {
      if (adopted.isEmpty()) {
        adopted = Optional.of(NetlinkSocket.adopt(socket, buffers));
      }
      return adopted.get();
    }

    void release() {
      adopted.ifPresent(NetlinkSocket::release);
      adopted = Optional.empty();
    }

    @Override
    public boolean isHostNamespace() {
      return request.netns().isCallersOwn();
    }
  }
}
