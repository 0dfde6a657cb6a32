package io.flannelj.status;

import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonArray;
import io.flannelj.cni.json.JsonBoolean;
import io.flannelj.cni.json.JsonNumber;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.cni.json.JsonString;
import io.flannelj.desired.DesiredState;
import io.flannelj.desired.VxlanDevice;
import io.flannelj.lease.Lease;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.MacAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code flanneld-j status --json} for programs. Moments are ISO 8601 in UTC. A peer's {@code path}
 * and the fields without family in their names are IPv4's where there are both; {@code ipv6Path} is
 * there where both nodes have both.
 */
public final class StatusJson {
  private final StatusReport report;

  private StatusJson(StatusReport report) {
    this.report = report;
  }

  /** The object, with a newline behind it. */
  public static String of(StatusReport report) {
    return new StatusJson(report).json().toPrettyText() + "\n";
  }

  private JsonObject json() {
    DaemonStatus status = report.status();
    Map<String, Json> json = new LinkedHashMap<>();
    json.put("node", new JsonString(status.node()));
    json.put("ready", new JsonBoolean(status.isReady()));
    json.put("reasons", JsonArray.ofStrings(report.reasons()));
    json.put("limits", JsonArray.ofStrings(status.limits()));
    json.put("remarks", JsonArray.ofStrings(status.remarks()));
    json.put("since", moment(status.since()));
    json.put("pid", number(ProcessHandle.current().pid()));
    boolean inSync = status.leases().inSync() && status.storeProblem().isEmpty();
    json.put("storeInSync", new JsonBoolean(inSync));
    status.lease().ifPresent(lease -> json.put("lease", new JsonObject(lease(lease))));
    List<Json> devices = new ArrayList<>();
    status.desired().forEach(desired -> devices.add(device(desired)));
    json.put("devices", new JsonArray(devices));
    json.put("tables", new JsonArray(report.tables().stream().map(StatusJson::table).toList()));
    json.put("peers", new JsonArray(report.peers().stream().map(StatusJson::peer).toList()));
    return new JsonObject(json);
  }

  private static Map<String, Json> lease(Lease lease) {
    Map<String, Json> json = new LinkedHashMap<>();
    json.put("node", new JsonString(lease.node()));
    json.put("subnet", new JsonString(lease.subnet().toString()));
    json.put("publicIp", new JsonString(lease.publicIp().toString()));
    json.put("mac", new JsonString(lease.vtepMac().map(MacAddress::toString).orElse("")));
    lease
        .half(AddressFamily.IPV6)
        .filter(half -> lease.subnet().isIpv4())
        .ifPresent(
            half -> {
              json.put("ipv6Subnet", new JsonString(half.subnet().toString()));
              json.put("ipv6PublicIp", new JsonString(half.publicIp().toString()));
              json.put(
                  "ipv6Mac", new JsonString(half.vtepMac().map(MacAddress::toString).orElse("")));
            });
    if (lease.hasEnd()) {
      json.put("expiresAt", moment(Instant.ofEpochMilli(lease.expiresAt())));
    }
    return json;
  }

  private static Json device(DesiredState desired) {
    VxlanDevice device = desired.device();
    Map<String, Json> json = new LinkedHashMap<>();
    json.put("name", new JsonString(device.name()));
    json.put("network", new JsonString(desired.rules().network().toString()));
    json.put("vni", number(device.vni()));
    json.put("port", number(device.port()));
    json.put("local", new JsonString(device.local().toString()));
    json.put("underlay", new JsonString(device.underlay()));
    json.put("mtu", number(device.mtu()));
    json.put("mac", new JsonString(device.mac().toString()));
    return new JsonObject(json);
  }

  private static Json table(TableComparison table) {
    Map<String, Json> json = new LinkedHashMap<>();
    json.put("table", new JsonString(table.table()));
    json.put("inSync", new JsonBoolean(table.inSync()));
    json.put("desired", number(table.desired()));
    json.put("missing", number(table.missing()));
    json.put("superfluous", number(table.superfluous()));
    json.put("examples", JsonArray.ofStrings(table.examples()));
    json.put("error", new JsonString(table.error()));
    return new JsonObject(json);
  }

  private static Json peer(PeerStatus peer) {
    Map<String, Json> json = lease(peer.lease());
    json.put("path", new JsonString(peer.path()));
    peer.ipv6Path().ifPresent(path -> json.put("ipv6Path", new JsonString(path)));
    json.put("since", moment(peer.since()));
    json.put("lastError", new JsonString(peer.lastError()));
    if (!peer.lastError().isEmpty()) {
      json.put("lastErrorAt", moment(peer.lastErrorAt()));
    }
    return new JsonObject(json);
  }

  private static Json moment(Instant instant) {
    return new JsonString(instant.toString());
  }

  private static Json number(long value) {
    return JsonNumber.of(value);
  }
}
