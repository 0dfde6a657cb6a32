package io.flannelj.cni.testkit;

import io.flannelj.cni.CallerEnvironment;
import io.flannelj.cni.CallerFiles;
import io.flannelj.cni.CniError;
import io.flannelj.cni.ForeignPlugins;
import io.flannelj.cni.PodNamespace;
import io.flannelj.cni.files.LockQueue;
import io.flannelj.cni.files.RootedFiles;
import io.flannelj.libc.FileDescriptor;
import io.flannelj.libc.Files;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;

/** A caller whose root is a directory. */
public final class FakeCaller implements CallerEnvironment, AutoCloseable {
  private final Path root;
  private final FileDescriptor rootFd;
  private final CallerFiles files;
  private Optional<PodNamespace> pod = Optional.empty();
  private Optional<PodProblem> problem = Optional.empty();
  private ForeignPlugins foreign =
      (type, command, stdin, extra) -> {
        throw new CniError(
            CniError.INTERNAL, "failed to find plugin \"" + type + "\" in path [/opt/cni/bin]");
      };

  /** Without pod and foreign plugins. */
  public FakeCaller(Path root) {
    this(root, new LockQueue());
  }

  /** With the lock queue of a process. */
  public FakeCaller(Path root, LockQueue locks) {
    this.root = root;
    this.rootFd = Files.open(root.toString(), Files.O_RDONLY | Files.O_DIRECTORY, 0);
    this.files = new RootedFiles(rootFd, locks);
  }

  /** Gives it a pod. */
  public FakeCaller withPod(PodNamespace namespace) {
    pod = Optional.of(namespace);
    return this;
  }

  /** Gives it a reason for having no pod. */
  public FakeCaller withProblem(boolean gone, String text) {
    problem = Optional.of(new PodProblem(gone, text));
    return this;
  }

  /** Gives it foreign plugins. */
  public FakeCaller withForeign(ForeignPlugins plugins) {
    foreign = plugins;
    return this;
  }

  /** A path as the test's own process sees it. */
  public Path path(String inside) {
    return root.resolve(inside.substring(1));
  }

  /** Makes a file with its directories. */
  public FakeCaller write(String inside, String content) {
    try {
      Path path = path(inside);
      Path parent = path.getParent();
      if (parent != null) {
        java.nio.file.Files.createDirectories(parent);
      }
      java.nio.file.Files.writeString(path, content);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The content of a file. */
  public String read(String inside) {
    try {
      return java.nio.file.Files.readString(path(inside));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether a file exists. */
  public boolean exists(String inside) {
    return java.nio.file.Files.exists(path(inside));
  }

  @Override
  public CallerFiles files() {
    return files;
  }

  @Override
  public Optional<PodNamespace> pod() {
    return pod;
  }

  @Override
  public Optional<PodProblem> podProblem() {
    return problem;
  }

  @Override
  public ForeignPlugins foreign() {
    return foreign;
  }

  @Override
  public void close() {
    rootFd.close();
  }
}
