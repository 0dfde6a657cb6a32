package io.flannelj.daemon;

import io.flannelj.config.Options;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the node's other programs read of us: subnet.env, and after it the CNI configuration. */
final class NodeFiles {
  private static final Logger LOG = LoggerFactory.getLogger(NodeFiles.class);

  private final Options options;
  private Optional<CniConf> cniConf;
  private String problem = "";

  NodeFiles(Options options) {
    this.options = options;
    this.cniConf =
        options.cniConf().isEmpty()
            ? Optional.empty()
            : Optional.of(new CniConf(Path.of(options.cniConf())));
  }

  /** The network is there. */
  void write(Node.Basis basis, int mtu) {
    new SubnetEnv(basis.netConf().pools(), basis.lease(), mtu, options.traffic().ipMasq())
        .write(Path.of(options.subnetFile()));
    cniConf.ifPresent(this::install);
  }

  /** Once: whoever takes the file away later wants no pods on this node. */
  private void install(CniConf file) {
    try {
      String news = file.install();
      if (!news.isEmpty()) {
        LOG.info("{}", news);
      }
      cniConf = Optional.empty();
      problem = "";
    } catch (IOException e) {
      String text = file.file() + " cannot be written, so the runtime has no network: " + e;
      if (!text.equals(problem)) {
        LOG.error("{}; see --cni-conf", text);
      }
      problem = text;
    }
  }
}
