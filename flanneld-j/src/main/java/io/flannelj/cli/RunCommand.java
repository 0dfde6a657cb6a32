package io.flannelj.cli;

import io.flannelj.cni.server.CniServer;
import io.flannelj.cni.server.ServerSettings;
import io.flannelj.config.ConfigException;
import io.flannelj.config.KubernetesOptions;
import io.flannelj.config.Options;
import io.flannelj.config.StoreOptions;
import io.flannelj.daemon.Daemon;
import io.flannelj.daemon.EarlyStatus;
import io.flannelj.kernel.Capabilities;
import io.flannelj.libc.NativeException;
import io.flannelj.store.StoreException;
import io.flannelj.store.kubernetes.PodNode;
import io.flannelj.store.kubernetes.Rehearsal;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code flanneld-j run}. */
@Command(
    name = "run",
    description = "Runs the daemon in the foreground until SIGTERM or SIGINT.",
    mixinStandardHelpOptions = true,
    modelTransformer = GoSpelling.class,
    defaultValueProvider = FlanneldEnvironment.class)
final class RunCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(RunCommand.class);

  private static final int STOP_SECONDS = 5;
  private static final long CALLS_SECONDS =
      ServerSettings.CEILING.plus(CniServer.TAKING_BACK).toSeconds();

  @Mixin private RunOptions flags;

  @Override
  public Integer call() throws InterruptedException {
    Options options = flags.toOptions(System.getenv());
    FlanneldEnvironment.unknown(System.getenv())
        .ifPresent(
            names ->
                LOG.warn(
                    "environment variables that no flag has, ignored: {} (a Service named flanneld"
                        + " injects such)",
                    names));
    if (!Capabilities.mayChangeNetwork()) {
      throw new ConfigException(
          "this process lacks CAP_NET_ADMIN: the kernel would refuse it links, routes and nftables;"
              + " "
              + Capabilities.REMEDY);
    }
    String rehearsal = System.getenv().getOrDefault("FLANNELJ_REHEARSAL", "");
    if (!rehearsal.isEmpty()) {
      for (String store : rehearsal.split(":", -1)) {
        Rehearsal.run(Path.of(store));
      }
    }
    try {
      return run(new Daemon(named(options), System.getenv()));
    } catch (NativeException e) {
      throw new ConfigException(
          e.getMessage() + "; the daemon needs root, or CAP_NET_ADMIN and its own files");
    } catch (IOException e) {
      String problem = e instanceof FileSystemException ? e.toString() : e.getMessage();
      throw new ConfigException(
          problem + "; if another daemon runs, stop it; else see --cni-socket and --state-dir");
    }
  }

  /** In a cluster the pod is asked for its node where nothing else names it. */
  private Options named(Options options) throws IOException, InterruptedException {
    KubernetesOptions kubernetes = options.store().kubernetes();
    if (options.store().kind() != StoreOptions.Kind.KUBERNETES
        || flags.givenName(System.getenv()).isPresent()
        || kubernetes.podName().isEmpty()) {
      return options;
    }
    try (EarlyStatus status = new EarlyStatus(options)) {
      while (true) {
        try {
          return options.withNodeName(PodNode.ask(kubernetes, System.getenv()));
        } catch (StoreException e) {
          status.waitsFor(String.valueOf(e.getMessage()));
          Thread.sleep(1000);
        }
      }
    }
  }

  private static int run(Daemon daemon) throws IOException, InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(daemon, ended), "stop"));
    try {
      daemon.run();
    } finally {
      ended.countDown();
    }
    return 0;
  }

  /**
   * The JVM ends when its hooks do, so the hook waits for the loop to finish its round and for
   * calls of runtimes to end or to take back what they have made. Not for the main thread: that one
   * then calls exit, which waits for the hooks.
   */
  private static void stop(Daemon daemon, CountDownLatch ended) {
    daemon.close();
    try {
      if (ended.await(STOP_SECONDS, TimeUnit.SECONDS)) {
        return;
      }
      if (!daemon.hasLeftLoop()) {
        LOG.warn("the round that runs does not end in {} s; stopping in the midst", STOP_SECONDS);
      } else if (!ended.await(CALLS_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("calls that run do not end; stopping in the midst");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
