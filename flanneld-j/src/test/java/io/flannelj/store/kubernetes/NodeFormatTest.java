package io.flannelj.store.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.store.kubernetes.NodeReader.Event;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A server that does not speak the binary form, or a proxy before it, answers in JSON. */
class NodeFormatTest {
  private static final NodeFormat FORMAT = new NodeFormat("flannel.alpha.coreos.com/");
  private static final String NODE =
      "{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"7\",\"annotations\":"
          + "{\"flannel.alpha.coreos.com/public-ip\":\"192.0.2.1\"}},"
          + "\"spec\":{\"podCIDR\":\"10.244.1.0/24\"},\"status\":{}}";
  private static final KubeNode READ =
      new KubeNode("a", "7", List.of("10.244.1.0/24"), Map.of("public-ip", "192.0.2.1"), "");

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void jsonIsReadWhereTheServerSendsIt() throws IOException {
    String type = "application/json;charset=utf-8";
    List<KubeNode> nodes = new ArrayList<>();
    String list = "{\"metadata\":{\"resourceVersion\":\"9\"},\"items\":[" + NODE + "]}";
    assertThat(FORMAT.list(type, stream(list), nodes::add))
        .isEqualTo(new NodeReader.ListEnd("9", ""));
    assertThat(nodes).containsExactly(READ);
    assertThat(FORMAT.single(type, stream(NODE))).isEqualTo(READ);
    assertThat(NodeFormat.failure(type, stream("{\"code\":403,\"message\":\"no\"}")))
        .isEqualTo(new Event.Failed(403, "no"));
    NodeFormat.Events events =
        FORMAT.events(
            type,
            stream(
                "{\"type\":\"ADDED\",\"object\":"
                    + NODE
                    + "}\n{\"type\":\"BOOKMARK\",\"object\":"
                    + "{\"metadata\":{\"resourceVersion\":\"12\"}}}\n"));
    assertThat(events.next()).contains(new Event.Present(READ));
    assertThat(events.next()).contains(new Event.Bookmark("12"));
    assertThat(events.next()).isEmpty();
  }
}
