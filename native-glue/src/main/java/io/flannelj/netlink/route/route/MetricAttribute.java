package io.flannelj.netlink.route.route;

import static io.flannelj.netlink.route.route.RouteConstants.RTAX_CC_ALGO;

import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.UnknownAttribute;

/** Attributes inside RTA_METRICS: RTAX_*, all numbers but the congestion control's name. */
public sealed interface MetricAttribute {
  /** Writes the attribute with its header. */
  void writeTo(AttributeWriter out);

  /** The attribute that the reader stands on. */
  static MetricAttribute read(AttributeReader in) {
    return in.length() == 4 && in.type() != RTAX_CC_ALGO
        ? new Metric(in.type(), in.u32())
        : new Other(UnknownAttribute.read(in));
  }

  /**
   * A number.
   *
   * @param type RTAX_*
   * @param value in the metric's unit: bytes for RTAX_MTU and RTAX_ADVMSS
   */
  record Metric(int type, long value) implements MetricAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(type, value);
    }
  }

  /**
   * One that is no number.
   *
   * @param attribute its bytes
   */
  record Other(UnknownAttribute attribute) implements MetricAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      attribute.write(out);
    }
  }
}
