package io.flannelj.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a runtime gets that calls the executables wrongly: the specification's error object with the
 * right code, the value that is wrong and what would be right; and nothing is left behind.
 */
@Tag("netns")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class BadCniInputTest {
  private static final String FLANNEL =
      "{\"cniVersion\":\"1.0.0\",\"name\":\"cbr0\",\"type\":\"flannel\"}";

  @TempDir private static Path scratch;
  private static SingleNode node;

  /**
   * A call.
   *
   * @param variable an environment variable that is set otherwise, NAME=VALUE; NAME alone: not at
   *     all; empty: none
   * @param stdin one character for each byte (ISO 8859-1)
   * @param code of the error object
   * @param words all in msg and details together
   */
  private record Call(
      String name, String plugin, String variable, String stdin, int code, List<String> words) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Call stdin(String name, String stdin, int code, String... words) {
    return new Call(name, "flannel", "", stdin, code, List.of(words));
  }

  private static Call variable(String variable, int code, String... words) {
    return new Call(variable, "flannel", variable, FLANNEL, code, List.of(words));
  }

  private static Call bridge(String name, String members, int code, String... words) {
    String text = "{\"cniVersion\":\"1.0.0\",\"name\":\"n\",\"type\":\"bridge\"," + members + "}";
    return new Call(name, "bridge", "", text, code, List.of(words));
  }

  private static Call ipam(String name, String members, int code, String... words) {
    return bridge(name, "\"ipam\":{\"type\":\"host-local\"," + members + "}", code, words);
  }

  private static Call portmap(String name, String mapping, int code, String... words) {
    String text =
        "{\"cniVersion\":\"1.0.0\",\"name\":\"n\",\"type\":\"portmap\",\"runtimeConfig\":"
            + "{\"portMappings\":["
            + mapping
            + "]},\"prevResult\":{\"cniVersion\":\"1.0.0\",\"interfaces\":[{\"name\":\"eth0\","
            + "\"sandbox\":\"/run/netns/pod\"}],\"ips\":[{\"address\":\"10.9.0.5/24\","
            + "\"interface\":0}]}}";
    return new Call(name, "portmap", "", text, code, List.of(words));
  }

  static List<Call> standardInput() {
    return List.of(
        stdin("nothing", "", 6, "the text is empty"),
        stdin("cut off", "{\"cniVersion\":\"1.0.0\",", 6, "malformed JSON at line 1, column 23"),
        stdin("array", "[1]", 6, "expected object, found array"),
        new Call("not UTF-8", "flannel", "", "{\u00fe", 6, List.of("UTF-8")),
        stdin("number as name", "{\"name\":5}", 6, "\"name\"", "expected string, found number"),
        stdin(
            "no name",
            "{\"cniVersion\":\"1.0.0\",\"type\":\"flannel\"}",
            7,
            "missing network name"),
        stdin("slash in the name", "{\"name\":\"a/b\"}", 7, "invalid characters", "a/b"),
        stdin(
            "version to come",
            FLANNEL.replace("1.0.0", "9.9.9"),
            1,
            "config is \"9.9.9\"",
            "\"0.3.1\"",
            "\"1.1.0\""),
        stdin("version in words", FLANNEL.replace("1.0.0", "one"), 6, "invalid version \"one\""),
        stdin(
            "subnet.env that is not there",
            FLANNEL.replace("}", ",\"subnetFile\":\"/run/none.env\"}"),
            11,
            "/run/none.env",
            "no such file"),
        stdin(
            "delegate of an unknown type",
            FLANNEL.replace("}", ",\"delegate\":{\"type\":\"pigeon\"}}"),
            999,
            "failed to find plugin \"pigeon\" in path"));
  }

  static List<Call> environment() {
    return List.of(
        variable("CNI_CONTAINERID", 4, "[CNI_CONTAINERID] missing"),
        variable("CNI_CONTAINERID=../x", 4, "invalid characters in containerID", "../x"),
        variable("CNI_IFNAME", 4, "[CNI_IFNAME] missing"),
        variable("CNI_IFNAME=../x", 4, "contains / or :", "../x"),
        variable("CNI_IFNAME=sixteencharacter", 4, "too long", "sixteencharacter", "16"),
        variable("CNI_PATH", 4, "[CNI_PATH] missing"),
        variable("CNI_ARGS=odd", 4, "invalid pair \"odd\""),
        variable("CNI_COMMAND=FROB", 4, "unknown CNI_COMMAND: FROB"),
        variable("CNI_NETNS", 4, "[CNI_NETNS] missing"),
        variable("CNI_NETNS=/etc/passwd", 8, "\"/etc/passwd\"", "Invalid argument", "/run/netns/"),
        variable(
            "CNI_NETNS=/run/netns/none", 8, "\"/run/netns/none\"", "No such file", "CNI_NETNS"),
        variable("CNI_NETNS=/proc/self/ns/uts", 8, "\"/proc/self/ns/uts\"", "Invalid argument"),
        variable(
            "CNI_NETNS=/proc/self/ns/net",
            8,
            "should not be the same",
            "/proc/self/ns/net is the host's own namespace",
            "/run/netns/NAME"));
  }

  static List<Call> networks() {
    return List.of(
        ipam(
            "ranges that overlap",
            "\"ranges\":[[{\"subnet\":\"10.9.0.0/24\"}],[{\"subnet\":\"10.9.0.0/25\"}]]",
            7,
            "range set 0 overlaps with 1",
            "10.9.0.0/25"),
        ipam(
            "ranges of one set that overlap",
            "\"ranges\":[[{\"subnet\":\"10.9.0.0/24\"},{\"subnet\":\"10.9.0.128/25\"}]]",
            7,
            "10.9.0.1-10.9.0.254 and 10.9.0.129-10.9.0.254 overlap"),
        ipam("too small", "\"subnet\":\"10.9.0.0/31\"", 7, "10.9.0.0/31 too small"),
        ipam("host bits", "\"subnet\":\"10.9.0.5/24\"", 7, "network address is 10.9.0.0"),
        ipam(
            "families mixed",
            "\"ranges\":[[{\"subnet\":\"10.9.0.0/24\"},{\"subnet\":\"fd00::/64\"}]]",
            7,
            "mixed address families",
            "fd00::/64"),
        ipam(
            "start and end mixed up",
            "\"subnet\":\"10.9.0.0/24\",\"rangeStart\":\"10.9.0.9\",\"rangeEnd\":\"10.9.0.3\"",
            7,
            "RangeEnd 10.9.0.3",
            "10.9.0.9"),
        ipam("no range", "\"routes\":[]", 7, "no IP ranges specified"),
        ipam(
            "records where a file is",
            "\"subnet\":\"10.9.0.0/24\",\"dataDir\":\"/etc/passwd\"",
            5,
            "/etc/passwd",
            "ENOTDIR",
            "name another path"),
        ipam(
            "records where nobody may write",
            "\"subnet\":\"10.9.0.0/24\",\"dataDir\":\"/proc/records\"",
            5,
            "/proc/records",
            "check"),
        bridge("name too long", "\"bridge\":\"sixteencharacter\"", 7, "\"sixteencharacter\"", "15"),
        bridge(
            "iptables asked for",
            "\"ipMasq\":true,\"ipMasqBackend\":\"iptables\"",
            2,
            "\"iptables\" of key \"ipMasqBackend\"",
            "leave it out"));
  }

  static List<Call> mappings() {
    return List.of(
        portmap(
            "no such port",
            "{\"hostPort\":70000,\"containerPort\":80,\"protocol\":\"tcp\"}",
            7,
            "Invalid host port number: 70000"),
        portmap(
            "no such protocol",
            "{\"hostPort\":7000,\"containerPort\":80,\"protocol\":\"icmp\"}",
            7,
            "invalid protocol \"icmp\"",
            "tcp, udp or sctp"));
  }

  @BeforeAll
  static void start() throws Exception {
    Lab.assumePossible();
    node = new SingleNode(scratch, SingleNode.NET_CONF, "ip netns add pod", SingleNode.Words.NONE);
    node.await(" ready, subnet ");
  }

  @AfterAll
  static void stop() throws Exception {
    if (node != null) {
      node.close();
    }
  }

  @ParameterizedTest
  @MethodSource({"standardInput", "environment", "networks", "mappings"})
  void isAnErrorObjectThatNamesTheValueAndNothingIsLeft(Call call) throws Exception {
    Map<String, String> environment = new TreeMap<>();
    environment.put("CNI_COMMAND", "ADD");
    environment.put("CNI_CONTAINERID", "bad");
    environment.put("CNI_IFNAME", "eth0");
    environment.put("CNI_NETNS", "/run/netns/pod");
    environment.put("CNI_PATH", SingleNode.TREE.resolve("cni").toString());
    String[] variable = call.variable().split("=", 2);
    environment.remove(variable[0]);
    if (variable.length == 2) {
      environment.put(variable[0], variable[1]);
    }

    SingleNode.Outcome outcome =
        node.run(
            call.stdin().getBytes(StandardCharsets.ISO_8859_1),
            environment,
            SingleNode.TREE.resolve("cni/" + call.plugin()).toString());

    assertThat(outcome.status()).as("%s", outcome).isEqualTo(1);
    JsonObject error = (JsonObject) Json.parse(outcome.stdout());
    assertThat(error.integer("code")).as(outcome.stdout()).contains(call.code());
    assertThat(error.textOrEmpty("msg") + "; " + error.textOrEmpty("details"))
        .contains(call.words());
    assertThat(outcome.stderr()).doesNotContain("\tat ");
    assertThat(node.sh("ip -netns pod -brief link")).startsWith("lo ").hasLineCount(1);
    assertThat(node.sh("find /var/lib /run/flannel -name '10.*'")).isEmpty();
  }
}
