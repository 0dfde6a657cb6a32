package io.flannelj.cni.server;

import io.flannelj.libc.FileDescriptor;
import io.flannelj.libc.Files;
import io.flannelj.libc.Libc;
import io.flannelj.libc.NativeException;
import io.flannelj.libc.Sockets;
import io.flannelj.netns.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * One call through the whole path with real descriptors. The first call of a JVM loads and
 * interprets everything and takes some fifty times as long as those after it; this one is it.
 */
final class WarmUp {
  private static final Duration CEILING = Duration.ofSeconds(20);
  private static final String OWN_NAMESPACE = "/proc/thread-self/ns/net";
  private static final int NETLINK_ROUTE = 0;

  private WarmUp() {}

  /** A namespace and an rtnetlink socket in it. */
  private record Pod(FileDescriptor namespace, FileDescriptor socket) implements AutoCloseable {
    static Pod open() {
      FileDescriptor namespace = Files.open(OWN_NAMESPACE, Files.O_RDONLY, 0);
      return new Pod(
          namespace, Sockets.socket(Sockets.AF_NETLINK, Sockets.SOCK_RAW, NETLINK_ROUTE));
    }

    /** An empty one; where only CAP_NET_ADMIN is at hand, this process' own. */
    static Pod make() {
      try {
        return NetworkNamespace.onFreshThread(
            () -> {
              Libc.unshare(Libc.CLONE_NEWNET);
              return open();
            });
      } catch (NativeException e) {
        return open();
      }
    }

    @Override
    public void close() {
      namespace.close();
      socket.close();
    }
  }

  static Answer run(Path socket, Request request) throws IOException {
    try (FileDescriptor root = Files.open("/", Files.O_RDONLY | Files.O_DIRECTORY, 0);
        FileDescriptor own = Files.open(OWN_NAMESPACE, Files.O_RDONLY, 0);
        Pod pod = Pod.make();
        InProcessCaller caller = InProcessCaller.connect(socket, CEILING)) {
      NetnsFacts facts =
          new NetnsFacts(
              true,
              identity(own),
              identity(pod.namespace()),
              true,
              true,
              NetnsFacts.Step.NONE,
              0,
              "");
      return caller.call(request.withNetns(facts), root, pod.namespace(), pod.socket());
    }
  }

  private static Optional<NetnsFacts.Identity> identity(FileDescriptor namespace) {
    Files.Status status = Files.status(namespace);
    return Optional.of(new NetnsFacts.Identity(status.device(), status.inode()));
  }
}
