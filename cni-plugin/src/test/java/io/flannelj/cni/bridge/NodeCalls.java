package io.flannelj.cni.bridge;

import io.flannelj.cni.CniError;
import io.flannelj.cni.attachment.Attachments;
import io.flannelj.cni.ipam.HostLocal;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.cni.testkit.Calls;
import io.flannelj.cni.testkit.FakeCaller;
import io.flannelj.cni.testkit.PodNetwork;
import io.flannelj.cni.testkit.RealPod;
import io.flannelj.sysctl.Sysctl;
import io.flannelj.testkit.TestNamespace;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Calls of bridge with host-local on a node of its own, each container in its own namespace. */
final class NodeCalls implements AutoCloseable {
  private final PodNetwork net = new PodNetwork();
  private final Map<String, RealPod> pods = new HashMap<>();
  private final Map<String, TestNamespace> namespaces = new HashMap<>();
  private final FakeCaller caller;
  private final Attachments attachments = Calls.attachments();
  private final Calls calls;

  NodeCalls(Path root) {
    caller = net.keep(new FakeCaller(root));
    calls =
        new Calls(
            caller,
            attachments,
            new Bridge(net.host(), new Sysctl(), attachments),
            new HostLocal(attachments, System::currentTimeMillis));
  }

  /** A configuration of cniVersion 1.1.0; more keys begin with a comma. */
  static String conf(String network, String subnet, String more) {
    return """
    {"cniVersion":"1.1.0","name":"%s","type":"bridge","isDefaultGateway":true,
     "ipam":{"type":"host-local","ranges":[[{"subnet":"%s"}]]}%s}
    """
        .formatted(network, subnet, more);
  }

  /** The configuration with a result beside it, as CHECK gets it. */
  static String withPrevious(String conf, JsonObject result) {
    return conf.strip().replaceFirst("}$", ",\"prevResult\":" + result.toCompactText() + "}");
  }

  FakeCaller caller() {
    return caller;
  }

  Attachments attachments() {
    return attachments;
  }

  TestNamespace node() {
    return net.node();
  }

  TestNamespace outside() {
    return net.outside();
  }

  PodNetwork net() {
    return net;
  }

  /** The namespace of a container, made at its first use. */
  TestNamespace pod(String container) {
    return namespaces.computeIfAbsent(container, name -> net.keep(new TestNamespace()));
  }

  /** Gives a container the namespace of another one. */
  void shareNamespace(String container, String other) {
    namespaces.put(container, pod(other));
  }

  private <T> T call(String container, Supplier<T> work) {
    TestNamespace pod = pod(container);
    caller.withPod(pods.computeIfAbsent(container, name -> net.keep(new RealPod(pod))));
    calls.container(container);
    return net.node().namespace().call(work);
  }

  JsonObject add(String container, String conf) {
    return call(container, () -> calls.result("bridge", "ADD", conf));
  }

  void silent(String container, String verb, String conf) {
    call(
        container,
        () -> {
          calls.silent("bridge", verb, conf);
          return verb;
        });
  }

  CniError error(String container, String verb, String conf) {
    return call(container, () -> calls.error("bridge", verb, conf));
  }

  /** Name of the host's end in a result of bridge. */
  static String hostVeth(JsonObject result) {
    return result.objects("interfaces").get(1).textOrEmpty("name");
  }

  /** Address without length in a result. */
  static String address(JsonObject result) {
    return result.objects("ips").get(0).textOrEmpty("address").replaceFirst("/.*", "");
  }

  @Override
  public void close() throws Exception {
    net.close();
  }
}
