package io.flannelj.cni.server;

import io.flannelj.cni.CallerEnvironment;
import io.flannelj.cni.CallerFiles;
import io.flannelj.cni.CniAnswer;
import io.flannelj.cni.CniCall;
import io.flannelj.cni.CniError;
import io.flannelj.cni.CniResult;
import io.flannelj.cni.ForeignPlugins;
import io.flannelj.cni.Plugin;
import io.flannelj.cni.PluginContext;
import io.flannelj.cni.PluginDispatcher;
import io.flannelj.cni.PluginRegistry;
import io.flannelj.cni.PodNamespace;
import io.flannelj.cni.attachment.Attachments;
import io.flannelj.cni.files.LockQueue;
import io.flannelj.cni.files.RootedFiles;
import io.flannelj.cni.flannel.Flannel;
import io.flannelj.cni.ipam.HostLocal;
import io.flannelj.libc.FileDescriptor;
import io.flannelj.libc.Files;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A few attachments in an empty directory with a bridge that makes no links, so that the first real
 * ADD of a JVM finds protocol, files and address records loaded. It takes some fifty times as long
 * as the second otherwise.
 */
public final class Rehearsal {
  private static final String CONF =
      """
      {"cniVersion":"0.4.0","name":"rehearsal","type":"flannel",
       "delegate":{"hairpinMode":true,"isDefaultGateway":true},"runtimeConfig":{}}
      """;
  private static final String SUBNET_ENV =
      """
      FLANNEL_NETWORK=10.244.0.0/16
      FLANNEL_SUBNET=10.244.1.1/24
      FLANNEL_MTU=1450
      FLANNEL_IPMASQ=true
      """;

  private Rehearsal() {}

  /**
   * Plays it.
   *
   * @param parent directory that a directory of our own is made in, and removed again; on tmpfs
   * @param rounds how many pods come and go; each runs while {@code wanted}
   * @param wanted asked before each round
   * @return the answers that were failures, for the log; none are expected
   * @throws IOException if the directory cannot be made or removed
   */
  public static List<CniAnswer> play(Path parent, int rounds, BooleanSupplier wanted)
      throws IOException {
    Path directory = java.nio.file.Files.createTempDirectory(parent, "rehearsal-");
    try {
      java.nio.file.Files.createDirectories(directory.resolve("run/flannel"));
      java.nio.file.Files.writeString(directory.resolve("run/flannel/subnet.env"), SUBNET_ENV);
      try (FileDescriptor root =
          Files.open(directory.toString(), Files.O_RDONLY | Files.O_DIRECTORY, 0)) {
        return playBelow(root, rounds, wanted);
      }
    } finally {
      remove(directory);
    }
  }

  private static List<CniAnswer> playBelow(
      FileDescriptor root, int rounds, BooleanSupplier wanted) {
    Attachments attachments = new Attachments("rehearsal", record -> false);
    PluginDispatcher dispatcher =
        new PluginDispatcher(
            new PluginRegistry(
                List.of(
                    new Flannel(),
                    new HostLocal(attachments, System::currentTimeMillis),
                    new LinklessBridge())),
            attachments);
    Caller caller = new Caller(new RootedFiles(root, new LockQueue()));
    List<CniAnswer> failures = new ArrayList<>();
    for (int round = 0; round < rounds && wanted.getAsBoolean(); round++) {
      for (String verb : List.of("ADD", "CHECK", "DEL", "DEL")) {
        CniAnswer answer = dispatcher.dispatch(call(verb), caller);
        if (!answer.isSuccess()) {
          failures.add(answer);
        }
      }
    }
    return failures;
  }

  private static CniCall call(String verb) {
    return new CniCall(
        "flannel",
        Map.of(
            "CNI_COMMAND", verb,
            "CNI_CONTAINERID", "rehearsal",
            "CNI_IFNAME", "eth0",
            "CNI_NETNS", "/nonexistent",
            "CNI_ARGS", "IgnoreUnknown=1;K8S_POD_NAME=rehearsal",
            "CNI_PATH", "/nonexistent"),
        CONF.getBytes(StandardCharsets.UTF_8));
  }

  private static void remove(Path directory) throws IOException {
    java.nio.file.Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            java.nio.file.Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
              throws IOException {
            java.nio.file.Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** Hands everything to its IPAM plugin. */
  private static final class LinklessBridge implements Plugin {
    @Override
    public String type() {
      return "bridge";
    }

    @Override
    public CniResult add(PluginContext c) {
      return c.delegates().add(c.conf().ipamType(), c.conf().raw());
    }

    @Override
    public void del(PluginContext c) {
      c.delegates().del(c.conf().ipamType(), c.conf().raw());
    }

    @Override
    public void check(PluginContext c) {
      c.delegates().check(c.conf().ipamType(), c.conf().raw());
    }
  }

  private record Caller(CallerFiles files) implements CallerEnvironment {
    @Override
    public Optional<PodNamespace> pod() {
      return Optional.empty();
    }

    @Override
    public Optional<PodProblem> podProblem() {
      return Optional.empty();
    }

    @Override
    public ForeignPlugins foreign() {
      return (type, command, stdin, extra) -> {
        throw new CniError(CniError.INTERNAL, "no plugin is executed in a rehearsal: " + type);
      };
    }
  }
}
