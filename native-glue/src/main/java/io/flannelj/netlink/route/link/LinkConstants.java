package io.flannelj.netlink.route.link;

/** Links (include/uapi/linux/if_link.h, if.h, if_bridge.h and if_arp.h). */
public final class LinkConstants {
  // IFLA: attributes of a link
  public static final int IFLA_ADDRESS = 1;
  public static final int IFLA_BROADCAST = 2;
  public static final int IFLA_IFNAME = 3;
  public static final int IFLA_MTU = 4;
  public static final int IFLA_LINK = 5;
  public static final int IFLA_MASTER = 10;
  public static final int IFLA_PROTINFO = 12;
  public static final int IFLA_TXQLEN = 13;
  public static final int IFLA_OPERSTATE = 16;
  public static final int IFLA_LINKINFO = 18;
  public static final int IFLA_IFALIAS = 20;
  public static final int IFLA_AF_SPEC = 26;
  public static final int IFLA_GROUP = 27;
  public static final int IFLA_NET_NS_FD = 28;
  public static final int IFLA_EXT_MASK = 29;
  public static final int IFLA_PROMISCUITY = 30;
  public static final int IFLA_CARRIER = 33;
  public static final int IFLA_LINK_NETNSID = 37;
  public static final int IFLA_NEW_NETNSID = 45;
  public static final int IFLA_NEW_IFINDEX = 49;
  public static final int IFLA_PROP_LIST = 52;
  public static final int IFLA_ALT_IFNAME = 53;

  // IFLA_INFO: inside IFLA_LINKINFO
  public static final int IFLA_INFO_KIND = 1;
  public static final int IFLA_INFO_DATA = 2;
  public static final int IFLA_INFO_XSTATS = 3;
  public static final int IFLA_INFO_SLAVE_KIND = 4;
  public static final int IFLA_INFO_SLAVE_DATA = 5;

  // IFLA_VXLAN: inside IFLA_INFO_DATA of kind vxlan
  public static final int IFLA_VXLAN_ID = 1;
  public static final int IFLA_VXLAN_GROUP = 2;
  public static final int IFLA_VXLAN_LINK = 3;
  public static final int IFLA_VXLAN_LOCAL = 4;
  public static final int IFLA_VXLAN_TTL = 5;
  public static final int IFLA_VXLAN_TOS = 6;
  public static final int IFLA_VXLAN_LEARNING = 7;
  public static final int IFLA_VXLAN_AGEING = 8;
  public static final int IFLA_VXLAN_LIMIT = 9;
  public static final int IFLA_VXLAN_PORT_RANGE = 10;
  public static final int IFLA_VXLAN_PROXY = 11;
  public static final int IFLA_VXLAN_RSC = 12;
  public static final int IFLA_VXLAN_L2MISS = 13;
  public static final int IFLA_VXLAN_L3MISS = 14;
  public static final int IFLA_VXLAN_PORT = 15;
  public static final int IFLA_VXLAN_GROUP6 = 16;
  public static final int IFLA_VXLAN_LOCAL6 = 17;
  public static final int IFLA_VXLAN_UDP_CSUM = 18;
  public static final int IFLA_VXLAN_UDP_ZERO_CSUM6_TX = 19;
  public static final int IFLA_VXLAN_UDP_ZERO_CSUM6_RX = 20;
  public static final int IFLA_VXLAN_GBP = 23;
  public static final int IFLA_VXLAN_COLLECT_METADATA = 25;
  public static final int IFLA_VXLAN_TTL_INHERIT = 28;
  public static final int IFLA_VXLAN_DF = 29;

  // IFLA_BR: inside IFLA_INFO_DATA of kind bridge
  public static final int IFLA_BR_AGEING_TIME = 4;
  public static final int IFLA_BR_STP_STATE = 5;
  public static final int IFLA_BR_VLAN_FILTERING = 7;
  public static final int IFLA_BR_MCAST_SNOOPING = 23;
  public static final int IFLA_BR_VLAN_DEFAULT_PVID = 39;

  // IFLA_BRPORT: inside IFLA_INFO_SLAVE_DATA of kind bridge and IFLA_PROTINFO of AF_BRIDGE
  public static final int IFLA_BRPORT_STATE = 1;
  public static final int IFLA_BRPORT_MODE = 4;
  public static final int IFLA_BRPORT_LEARNING = 8;
  public static final int IFLA_BRPORT_UNICAST_FLOOD = 9;
  public static final int IFLA_BRPORT_NEIGH_SUPPRESS = 32;
  public static final int IFLA_BRPORT_ISOLATED = 33;

  // VETH_INFO: inside IFLA_INFO_DATA of kind veth (veth.h)
  public static final int VETH_INFO_PEER = 1;

  // IFLA_BRIDGE: inside IFLA_AF_SPEC of AF_BRIDGE
  public static final int IFLA_BRIDGE_FLAGS = 0;
  public static final int IFLA_BRIDGE_VLAN_INFO = 2;
  public static final int BRIDGE_VLAN_INFO_MASTER = 0x1;
  public static final int BRIDGE_VLAN_INFO_PVID = 0x2;
  public static final int BRIDGE_VLAN_INFO_UNTAGGED = 0x4;
  public static final int BRIDGE_VLAN_INFO_RANGE_BEGIN = 0x8;
  public static final int BRIDGE_VLAN_INFO_RANGE_END = 0x10;

  // RTEXT_FILTER: bits of IFLA_EXT_MASK (rtnetlink.h)
  public static final int RTEXT_FILTER_VF = 0x1;
  public static final int RTEXT_FILTER_BRVLAN = 0x2;
  public static final int RTEXT_FILTER_SKIP_STATS = 0x8;

  // IFF: device flags
  public static final int IFF_UP = 0x1;
  public static final int IFF_BROADCAST = 0x2;
  public static final int IFF_LOOPBACK = 0x8;
  public static final int IFF_POINTOPOINT = 0x10;
  public static final int IFF_RUNNING = 0x40;
  public static final int IFF_NOARP = 0x80;
  public static final int IFF_PROMISC = 0x100;
  public static final int IFF_MULTICAST = 0x1000;
  public static final int IFF_LOWER_UP = 0x10000;

  // IF_OPER: RFC 2863 states in IFLA_OPERSTATE
  public static final int IF_OPER_UNKNOWN = 0;
  public static final int IF_OPER_NOTPRESENT = 1;
  public static final int IF_OPER_DOWN = 2;
  public static final int IF_OPER_LOWERLAYERDOWN = 3;
  public static final int IF_OPER_TESTING = 4;
  public static final int IF_OPER_DORMANT = 5;
  public static final int IF_OPER_UP = 6;

  // ARPHRD: hardware types
  public static final int ARPHRD_ETHER = 1;
  public static final int ARPHRD_LOOPBACK = 772;

  // BR_STATE: bridge port states
  public static final int BR_STATE_DISABLED = 0;
  public static final int BR_STATE_LISTENING = 1;
  public static final int BR_STATE_LEARNING = 2;
  public static final int BR_STATE_FORWARDING = 3;
  public static final int BR_STATE_BLOCKING = 4;

  // Sizes, terminating NUL included (if.h)
  public static final int IFNAMSIZ = 16;
  public static final int IFALIASZ = 256;

  private LinkConstants() {}
}
