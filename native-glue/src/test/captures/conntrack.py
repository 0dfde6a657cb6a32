#!/usr/bin/env python3
"""Records what the kernel says about connections, and what conntrack sends to delete one, for the codec tests.

    sudo native-glue/src/test/captures/conntrack.py native-glue/src/test/resources/io/flannelj/netlink/conntrack

Needs root, strace, nft and conntrack. Works in a network namespace of its own and leaves nothing.
"""
import ctypes
import os
import socket
import struct
import subprocess
import sys

RULES = """
table ip t {
    chain output {
        type nat hook output priority -100; policy accept;
        ip daddr 192.0.2.1 udp dport 5353 dnat to 127.0.0.1:53
    }
    chain watch {
        type filter hook prerouting priority 0; policy accept;
        ct state new accept
    }
}
table ip6 t {
    chain watch {
        type filter hook prerouting priority 0; policy accept;
        ct state new accept
    }
}
"""
CT_GET = 1 << 8 | 1
out = sys.argv[1]


def traffic():
    for family, source, target in (
            (socket.AF_INET, "192.0.2.1", ("192.0.2.1", 5353)), (socket.AF_INET, "127.0.0.1", ("127.0.0.1", 5353)),
            (socket.AF_INET6, "::1", ("::1", 5353)), (socket.AF_INET, "127.0.0.1", ("127.0.0.1", 99))):
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.bind((source, 4000))
            sender.sendto(b"x", target)
    subprocess.run(["ping", "-c", "1", "-q", "127.0.0.1"], check=True, stdout=subprocess.DEVNULL)


def dump():
    """All entries of both families."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as s:
        s.send(struct.pack("=IHHIIBBH", 20, CT_GET, 0x301, 1, 0, 0, 0, 0))
        messages = []
        while True:
            data = s.recv(1 << 16)
            while data:
                length, kind = struct.unpack_from("=IH", data)
                if kind == 3:
                    return messages
                messages.append(data[:length])
                data = data[(length + 3) & ~3:]


def deletion():
    """The message by which conntrack deletes the translated one."""
    trace = subprocess.run(
        ["strace", "-qq", "-e", "trace=sendmsg,sendto", "-e", "write=all", "conntrack", "-D", "-p", "udp", "--orig-port-dst", "5353",
         "--orig-dst", "192.0.2.1"],
        check=True, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True).stderr
    datagrams, current = [], b""
    for row in trace.splitlines() + [""]:
        if row.startswith(" | "):
            current += bytes.fromhex(row[10:60].replace(" ", ""))
        elif current:
            datagrams.append(current)
            current = b""
    return [d for d in datagrams if struct.unpack_from("=H", d, 4)[0] == (1 << 8 | 2)]


def write(name, what, messages):
    with open(os.path.join(out, name), "w", encoding="ascii") as file:
        file.write(f"# {what}\n# kernel {os.uname().release.split('-')[0]}\n\n")
        file.write("\n\n".join("\n".join(m.hex()[i:i + 64] for i in range(0, len(m.hex()), 64)) for m in messages) + "\n")


if ctypes.CDLL(None, use_errno=True).unshare(0x40000000) != 0:
    sys.exit("cannot make a network namespace")
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
subprocess.run(["ip", "address", "add", "192.0.2.1/32", "dev", "lo"], check=True)
subprocess.run(["nft", "-f", "-"], input=RULES, text=True, check=True)
traffic()
write("entries.hex", "conntrack -L of five connections, one with a translated destination, one of ICMP, one of IPv6", dump())
write("delete.hex", "conntrack -D -p udp --orig-port-dst 5353 --orig-dst 192.0.2.1", deletion())
