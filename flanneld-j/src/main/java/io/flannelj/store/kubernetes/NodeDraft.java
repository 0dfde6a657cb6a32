package io.flannelj.store.kubernetes;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A node while it is read, whichever form it comes in. */
final class NodeDraft {
  String name = "";
  String version = "";
  String podCidr = "";
  String unavailable = "";
  final List<String> podCidrs = new ArrayList<>(2);
  final Map<String, String> annotations = new HashMap<>();

  /** The node; servers of old have the one podCIDR only. */
  KubeNode node() {
    if (podCidrs.isEmpty() && !podCidr.isEmpty()) {
      podCidrs.add(podCidr);
    }
    return new KubeNode(name, version, podCidrs, annotations, unavailable);
  }
}
