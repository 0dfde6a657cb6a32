package io.flannelj.lease;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.flannelj.net.Ipv4Address;
import io.flannelj.net.Ipv6Address;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * A lease's value as flannel keeps it in etcd, key order and all ({@code
 * {"PublicIP":"192.168.64.3","PublicIPv6":null,"BackendType":"vxlan","BackendData":{...}}}), with
 * two members of ours behind it where the store itself keeps neither: {@code Node} and {@code
 * Expiration}. As in Go, members are matched without regard to case and unknown ones are skipped.
 */
public final class LeaseJson {
  private static final JsonFactory JSON = new JsonFactory();

  private LeaseJson() {}

  /**
   * Reads a value. Without Node the name is empty, without Expiration it is a reservation.
   *
   * @throws MalformedLeaseException naming the member, if it is not such a value
   */
  public static Lease read(LeaseSubnets subnets, byte[] json) throws MalformedLeaseException {
    try (JsonParser parser = JSON.createParser(json)) {
      return new Reader(parser, json).read(subnets);
    } catch (IOException e) {
      throw new MalformedLeaseException("it is no complete JSON: " + firstLine(e), e);
    }
  }

  private static String firstLine(IOException e) {
    String text = String.valueOf(e.getMessage());
    int end = text.indexOf('\n');
    return end < 0 ? text : text.substring(0, end);
  }

  /** Flannel's value, byte for byte as Go writes it. */
  public static String print(LeaseAttributes attributes) {
    return members(attributes).append('}').toString();
  }

  /** Flannel's value followed by Node and Expiration, as far as the lease has them. */
  public static String print(Lease lease) {
    StringBuilder out = members(lease.attributes());
    if (!lease.node().isEmpty()) {
      quote(out.append(",\"Node\":"), lease.node());
    }
    if (!lease.isReservation()) {
      quote(out.append(",\"Expiration\":"), IsoInstant.print(lease.expiration()));
    }
    return out.append('}').toString();
  }

  private static StringBuilder members(LeaseAttributes attributes) {
    StringBuilder out = new StringBuilder(160);
    quote(out.append("{\"PublicIP\":"), attributes.publicIp().orElse(Ipv4Address.ANY).toString());
    out.append(",\"PublicIPv6\":");
    attributes
        .publicIpv6()
        .ifPresentOrElse(address -> quote(out, address.toString()), () -> out.append("null"));
    if (!attributes.backendType().isEmpty()) {
      quote(out.append(",\"BackendType\":"), attributes.backendType());
    }
    if (!attributes.backendData().isEmpty()) {
      out.append(",\"BackendData\":").append(attributes.backendData());
    }
    if (!attributes.backendV6Data().isEmpty()) {
      out.append(",\"BackendV6Data\":").append(attributes.backendV6Data());
    }
    return out;
  }

  private static void quote(StringBuilder out, String text) {
    out.append('"');
    JsonStringEncoder.getInstance().quoteAsString(text, out);
    out.append('"');
  }

  /** One pass over one value. */
  private static final class Reader {
    private final JsonParser parser;
    private final byte[] json;
    private Optional<Ipv4Address> publicIp = Optional.empty();
    private Optional<Ipv6Address> publicIpv6 = Optional.empty();
    private String backendType = "";
    private String backendData = "";
    private String backendV6Data = "";
    private String node = "";
    private Instant expiration = Lease.NEVER;

    Reader(JsonParser parser, byte[] json) {
      this.parser = parser;
      this.json = json;
    }

    Lease read(LeaseSubnets subnets) throws IOException, MalformedLeaseException {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new MalformedLeaseException("it is no JSON object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        member(name);
      }
      if (parser.nextToken() != null) {
        throw new MalformedLeaseException("something follows the JSON object");
      }
      if (publicIp.isEmpty() && publicIpv6.isEmpty()) {
        throw new MalformedLeaseException("PublicIP and PublicIPv6 are both missing");
      }
      LeaseAttributes attributes =
          new LeaseAttributes(publicIp, publicIpv6, backendType, backendData, backendV6Data);
      return new Lease(subnets, attributes, node, expiration);
    }

    private void member(String name) throws IOException, MalformedLeaseException {
      try {
        switch (name.toLowerCase(Locale.ROOT)) {
          case "publicip" ->
              publicIp = text(name).map(Ipv4Address::parse).filter(ip -> !ip.isUnspecified());
          case "publicipv6" ->
              publicIpv6 = text(name).map(Ipv6Address::parse).filter(ip -> !ip.isUnspecified());
          case "backendtype" -> backendType = text(name).orElse("");
          case "backenddata" -> backendData = raw();
          case "backendv6data" -> backendV6Data = raw();
          case "node" -> node = text(name).orElse("");
          case "expiration" -> expiration = text(name).map(IsoInstant::parse).orElse(Lease.NEVER);
          default -> parser.skipChildren();
        }
      } catch (IllegalArgumentException | DateTimeException e) {
        throw new MalformedLeaseException(name + ": " + e.getMessage(), e);
      }
    }

    private Optional<String> text(String name) throws IOException, MalformedLeaseException {
      return switch (parser.currentToken()) {
        case VALUE_STRING -> Optional.of(parser.getText());
        case VALUE_NULL -> Optional.empty();
        default -> throw new MalformedLeaseException(name + " is no string");
      };
    }

    /** The value's own text without white space; empty for null. */
    private String raw() throws IOException {
      if (parser.currentToken() == JsonToken.VALUE_NULL) {
        return "";
      }
      int start = (int) parser.currentTokenLocation().getByteOffset();
      parser.skipChildren();
      // Reads a string's end, which the parser puts off.
      parser.finishToken();
      int end = (int) parser.currentLocation().getByteOffset();
      return compact(new String(json, start, end - start, StandardCharsets.UTF_8));
    }
  }

  private static String compact(String text) {
    StringBuilder out = new StringBuilder(text.length());
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted && c == '\\') {
        out.append(c).append(text.charAt(++i));
        continue;
      }
      quoted ^= c == '"';
      if (quoted || c > ' ') {
        out.append(c);
      }
    }
    return out.toString();
  }
}
