#!/usr/bin/env python3
"""Records what ip and bridge send and what the kernel answers, as .hex files for the codec tests.

    sudo native-glue/src/test/captures/capture.py native-glue/src/test/resources/io/flannelj/netlink/route/captures

Needs root, strace and iproute2. Works in network namespaces of its own and leaves nothing. Every
file names the command; then come the messages in hex, one per paragraph: first the request as the
program sent it (NLM_F_REQUEST is set), then what the kernel says about the object afterwards.
"""
import ctypes
import os
import re
import socket
import struct
import subprocess
import sys

CLONE_NEWNET = 0x40000000
SOL_NETLINK, NETLINK_GET_STRICT_CHK = 270, 12
NEWLINK, DELLINK, GETLINK, NEWADDR, GETADDR, NEWROUTE, GETROUTE, NEWNEIGH, GETNEIGH = (
    16, 17, 18, 20, 22, 24, 26, 28, 30)
REQUEST, DUMP = 0x1, 0x300
INET, BRIDGE, INET6 = 2, 7, 10
SKIP_STATS = struct.pack("=HHI", 8, 29, 8)

out = sys.argv[1]
libc = ctypes.CDLL(None, use_errno=True)


def unshare():
    if libc.unshare(CLONE_NEWNET) != 0:
        sys.exit("cannot make a network namespace: " + os.strerror(ctypes.get_errno()))


def run(line):
    subprocess.run(line.split(), check=True)


def traced(line, check=True):
    """Runs the command and returns the netlink requests that change something."""
    trace = subprocess.run(
        ["strace", "-f", "-qq", "-e", "trace=sendmsg,sendto", "-e", "write=all", *line.split()],
        check=check, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True).stderr
    datagrams, current = [], b""
    for row in trace.splitlines():
        if row.startswith(" | "):
            current += bytes.fromhex(row[10:60].replace(" ", ""))
        elif current:
            datagrams.append(current)
            current = b""
    datagrams.append(current)
    # ip link first sends an empty RTM_NEWLINK to see whether the kernel knows it.
    return [d[:struct.unpack_from("=I", d)[0]] for d in datagrams
            if len(d) >= 16 and struct.unpack_from("=H", d, 4)[0] & 3 != 2 and any(d[16:])]


def ask(kind, body, dump=False, last=False):
    """Messages that answer one request."""
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    s.setsockopt(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1)
    s.send(struct.pack("=IHHII", 16 + len(body), kind, REQUEST | (DUMP if dump else 0), 1, 0) + body)
    found = []
    while True:
        data = s.recv(1 << 17)
        while data:
            length, answer = struct.unpack_from("=IH", data)
            if answer == 3 or answer == 2:
                if answer == 2:
                    raise OSError(-struct.unpack_from("=i", data, 16)[0], "netlink")
                return found
            found.append(data[:length])
            if not dump:
                return found
            data = data[(length + 3) & ~3:]


def link(name, family=0):
    index = socket.if_nametoindex(name)
    return ask(GETLINK, struct.pack("=BBHiII", family, 0, 0, index, 0, 0) + SKIP_STATS)


def addresses(name, family):
    return ask(GETADDR, struct.pack("=BBBBi", family, 0, 0, 0, socket.if_nametoindex(name)), True)


def routes(family, wanted):
    all_routes = ask(GETROUTE, struct.pack("=8BI", family, 0, 0, 0, 254, 0, 0, 0, 0), True)
    packed = socket.inet_pton(socket.AF_INET if family == INET else socket.AF_INET6, wanted)
    return [m for m in all_routes if packed in m[28:]]


def neighbours(family, name, octets):
    index = socket.if_nametoindex(name)
    if family == BRIDGE:
        body = struct.pack("=BBHiHBB", family, 0, 0, index, 0, 0, 0)
    else:
        body = struct.pack("=BBHiHBB", family, 0, 0, 0, 0, 0, 0) + struct.pack("=HHi", 8, 8, index)
    return [m for m in ask(GETNEIGH, body, True) if bytes.fromhex(octets.replace(":", "")) in m]


def save(name, command, messages):
    version = subprocess.run(["ip", "-V"], capture_output=True, text=True).stdout.split()[-3]
    with open(os.path.join(out, name + ".hex"), "w") as f:
        f.write("# %s\n# kernel %s, %s\n" % (
            command, re.match(r"[0-9.]+", os.uname().release).group(), version.rstrip(",")))
        for message in messages:
            digits = message.hex()
            f.write("\n" + "\n".join(digits[i:i + 96] for i in range(0, len(digits), 96)) + "\n")
    print(name, len(messages))


def record(name, command, answer):
    requests = traced(command)
    save(name, command, requests + answer())


def moved(other):
    """RTM_DELLINK of a link that goes to another namespace."""
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    s.bind((0, 1))
    command = "ip link set gone0 netns %d" % other
    run(command)
    while True:
        data = s.recv(1 << 16)
        if struct.unpack_from("=H", data, 4)[0] == DELLINK and b"gone0" in data:
            save("link-moved", "ip link set gone0 netns PID", [data])
            return


def main():
    os.makedirs(out, exist_ok=True)
    unshare()
    other = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; cat"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)
    try:
        other.stdout.read(1)
        links(other.pid)
        addresses_and_routes()
        entries()
        moved(other.pid)
    finally:
        other.stdin.close()
        other.wait()


def links(other):
    run("ip link add ext0 address 02:00:00:00:00:01 type veth peer name ext1")
    run("ip link set ext0 up")
    run("ip link set ext1 up")
    run("ip address add 192.168.5.1/24 dev ext0")
    save("link-loopback", "ip link show lo", link("lo"))
    record("link-vxlan", "ip link add flannel.1 mtu 1450 txqueuelen 0 address 0a:00:00:00:00:01 type vxlan"
           " id 1 local 192.168.5.1 dev ext0 dstport 8472 nolearning", lambda: link("flannel.1"))
    record("link-vxlan-gbp", "ip link add vx6 address 0a:00:00:00:00:06 type vxlan id 6"
           " local 2001:db8::1 dstport 4789 ttl 9 tos 1 ageing 60 maxaddress 7 srcport 1000 2000 proxy rsc"
           " l2miss l3miss udp6zerocsumtx udp6zerocsumrx gbp", lambda: link("vx6"))
    record("link-bridge", "ip link add cni0 address 0a:58:0a:f4:01:01 type bridge ageing_time 20000"
           " mcast_snooping 0", lambda: link("cni0"))
    record("link-veth", "ip link add veth1 mtu 1450 address 02:00:00:00:01:00 master cni0 type veth peer"
           " name eth0 mtu 1450 address 02:00:00:00:01:01", lambda: link("veth1"))
    record("link-alias", "ip link set veth1 alias pod/eth0", lambda: link("veth1"))
    record("link-bridge-port", "ip link set veth1 type bridge_slave hairpin on isolated on",
           lambda: link("veth1"))
    port = socket.if_nametoindex("veth1")
    record("link-bridge-family", "bridge link set dev veth1 learning off neigh_suppress on",
           lambda: [m for m in ask(GETLINK, struct.pack("=BBHiII", BRIDGE, 0, 0, 0, 0, 0), True)
                    if struct.unpack_from("=i", m, 20)[0] == port])
    # Without CONFIG_BRIDGE_VLAN_FILTERING the kernel refuses this, but the request is what counts.
    vlan = "bridge vlan add dev veth1 vid 5 pvid untagged"
    save("bridge-vlan", vlan, traced(vlan, check=False))
    run("ip link add gone0 address 02:00:00:00:00:07 type veth peer name gone1")
    record("link-netns", "ip link set gone1 netns %d" % other, lambda: link("gone0"))


def addresses_and_routes():
    run("ip link set flannel.1 up")
    run("ip link set cni0 up")
    record("address-v4", "ip address add 10.244.1.1/24 brd + dev cni0", lambda: addresses("cni0", INET))
    record("address-v4-host", "ip address add 10.244.1.0/32 dev flannel.1",
           lambda: addresses("flannel.1", INET))
    record("address-v4-peer", "ip address add 10.3.0.1 peer 10.3.0.2/32 dev ext0 label ext0:1 metric 5"
           " valid_lft 3600 preferred_lft 1800",
           lambda: addresses("ext0", INET))
    record("address-v6", "ip address add 2001:db8::1/64 dev ext0 nodad", lambda: addresses("ext0", INET6))
    record("route-v4-onlink", "ip route add 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink proto 80",
           lambda: routes(INET, "10.244.2.0"))
    record("route-v4-metrics", "ip route add 10.1.0.0/16 dev ext0 src 192.168.5.1 metric 7 mtu 1400 advmss 1360",
           lambda: routes(INET, "10.1.0.0"))
    record("route-v4-multipath", "ip route add 10.2.0.0/16 nexthop via 192.168.5.8 weight 2 nexthop via"
           " 192.168.5.9 dev ext0 onlink", lambda: routes(INET, "10.2.0.0"))
    record("route-v4-via-v6", "ip route add 10.4.0.0/16 via inet6 fe80::1 dev ext0",
           lambda: routes(INET, "10.4.0.0"))
    record("route-v4-blackhole", "ip route add blackhole 10.5.0.0/16", lambda: routes(INET, "10.5.0.0"))
    record("route-v4-table", "ip route replace 10.6.0.0/16 dev ext0 table 1000 congctl reno",
           lambda: [m for m in ask(GETROUTE, struct.pack("=8BI", INET, 0, 0, 0, 0, 0, 0, 0, 0), True)
                    if bytes([10, 6, 0, 0]) in m])
    record("route-v6", "ip -6 route add 2001:db8:2::/64 via 2001:db8:2:: dev ext0 onlink",
           lambda: routes(INET6, "2001:db8:2::"))
    record("route-v6-multipath", "ip -6 route add 2001:db8:3::/64 nexthop via 2001:db8::2 nexthop via"
           " 2001:db8::3", lambda: routes(INET6, "2001:db8:3::"))
    target = struct.pack("=HH4B", 8, 1, 10, 244, 2, 9)
    save("route-get", "ip route get 10.244.2.9",
         ask(GETROUTE, struct.pack("=8BI", INET, 32, 0, 0, 0, 0, 0, 0, 0x1000) + target))


def entries():
    record("neighbour-v4", "ip neighbour replace 10.244.2.0 lladdr 0a:00:00:00:00:02 dev flannel.1 nud permanent"
           " protocol 80", lambda: neighbours(INET, "flannel.1", "0a:00:00:00:00:02"))
    record("neighbour-v6", "ip neighbour replace 2001:db8::2 lladdr 0a:00:00:00:00:22 dev ext0 nud reachable"
           " router", lambda: neighbours(INET6, "ext0", "0a:00:00:00:00:22"))
    record("neighbour-managed", "ip neighbour replace 192.168.5.77 lladdr 0a:00:00:00:00:77 dev ext0 managed"
           " extern_learn", lambda: neighbours(INET, "ext0", "c0a8054d"))
    record("fdb-vxlan", "bridge fdb replace 0a:00:00:00:00:02 dev flannel.1 dst 192.168.5.2 self permanent",
           lambda: neighbours(BRIDGE, "flannel.1", "0a:00:00:00:00:02"))
    record("fdb-vxlan-remote", "bridge fdb append 00:00:00:00:00:00 dev flannel.1 dst 192.168.5.3 port 4789"
           " vni 77 via ext0", lambda: neighbours(BRIDGE, "flannel.1", "00:00:00:00:00:00"))
    record("fdb-bridge", "bridge fdb add 0a:00:00:00:00:33 dev veth1 master static",
           lambda: neighbours(BRIDGE, "veth1", "0a:00:00:00:00:33"))


main()
