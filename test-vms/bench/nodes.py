#!/usr/bin/env python3
"""Nodes in an API server, for bench/kubernetes.sh.

nodes.py URL CA TOKEN create FIRST COUNT   makes nodes of 10 KB with flannel's annotations
nodes.py URL CA TOKEN own NAME CIDR        makes a node without any
nodes.py URL CA TOKEN measure FIRST COUNT  makes nodes one by one; prints for each the milliseconds from the moment at which a bare watch
                                           of this process has it to the moment at which the kernel announces its route, negative if
                                           the route was first
"""
import http.client
import json
import socket
import ssl
import struct
import sys
import threading
import time

PREFIX = "flannel.alpha.coreos.com/"
RTMGRP_IPV4_ROUTE = 0x40
RTM_NEWROUTE = 24
RTA_DST = 1


def connect(url, authority):
    host, port = url.removeprefix("https://").rsplit(":", 1)
    return http.client.HTTPSConnection(host, int(port), context=ssl.create_default_context(cafile=authority))


def node(i):
    a, b = 32 + i // 256, i % 256
    images = [{"names": [f"registry.example.com/library/image-{n}@sha256:{'%064x' % (i * 1000 + n)}"], "sizeBytes": 12345678} for n in range(62)]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": f"peer{i}",
            "annotations": {
                PREFIX + "kube-subnet-manager": "true",
                PREFIX + "backend-type": "vxlan",
                PREFIX + "backend-data": json.dumps({"VNI": 1, "VtepMAC": "02:00:00:01:%02x:%02x" % (a, b)}, separators=(",", ":")),
                PREFIX + "public-ip": f"172.20.{i // 256}.{b}",
            },
        },
        "spec": {"podCIDR": f"10.{a}.{b}.0/24", "podCIDRs": [f"10.{a}.{b}.0/24"]},
        "status": {"images": images},
    }


def post(connection, token, body):
    connection.request("POST", "/api/v1/nodes", json.dumps(body), {"Authorization": "Bearer " + token, "Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status not in (201, 409):
        sys.exit(f"POST of {body['metadata']['name']}: {answer.status} {text[:300]!r}")


def create(url, authority, token, first, count):
    def some(start):
        connection = connect(url, authority)
        for i in range(start, first + count, 8):
            post(connection, token, node(i))

    threads = [threading.Thread(target=some, args=(first + n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def watch(url, authority, token, seen, started):
    connection = connect(url, authority)
    headers = {"Authorization": "Bearer " + token}
    connection.request("GET", "/api/v1/nodes?limit=1", headers=headers)
    version = json.load(connection.getresponse())["metadata"]["resourceVersion"]
    connection.request("GET", "/api/v1/nodes?watch=1&resourceVersion=" + version, headers=headers)
    answer = connection.getresponse()
    started.set()
    while True:
        line = answer.readline()
        now = time.perf_counter()
        if not line:
            return
        mark = line.find(b'"name":"peer')
        if mark > 0:
            seen.setdefault(int(line[mark + 12 : line.index(b'"', mark + 12)]), now)


def routes(seen):
    monitor = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    monitor.bind((0, RTMGRP_IPV4_ROUTE))
    while True:
        data = monitor.recv(65536)
        now = time.perf_counter()
        while len(data) >= 16:
            length, kind = struct.unpack_from("=IH", data)
            attribute = 16 + 12
            while kind == RTM_NEWROUTE and attribute + 4 <= length:
                size, name = struct.unpack_from("=HH", data, attribute)
                if name == RTA_DST and size == 8:
                    _, a, b, _ = data[attribute + 4 : attribute + 8]
                    seen.setdefault((a - 32) * 256 + b, now)
                attribute += (size + 3) & ~3
            data = data[(length + 3) & ~3 :]


def compare(watches, make, first, count):
    """Makes things one by one; for each a line of the milliseconds from each bare watch to the kernel's route."""
    routed, seen, started = {}, [{} for _ in watches], threading.Event()
    for bare, known in zip(watches, seen):
        threading.Thread(target=bare, args=(known, started), daemon=True).start()
    threading.Thread(target=routes, args=(routed,), daemon=True).start()
    started.wait()
    time.sleep(2)
    for i in range(first, first + count):
        make(i)
        end = time.time() + 10
        while any(i not in known for known in (*seen, routed)) and time.time() < end:
            time.sleep(0.02)
        if any(i not in known for known in (*seen, routed)):
            sys.exit(f"peer{i}: watches {[i in known for known in seen]}, route {i in routed} after 10 s")
        print(*("%.3f" % ((routed[i] - known[i]) * 1000) for known in seen), flush=True)


def measure(url, authority, token, first, count):
    connection = connect(url, authority)
    compare(
        [lambda seen, started: watch(url, authority, token, seen, started)],
        lambda i: post(connection, token, node(i)),
        first,
        count,
    )


if __name__ == "__main__":
    url, authority, token, verb, first, second = sys.argv[1:]
    if verb == "own":
        body = node(0)
        body["metadata"] = {"name": first}
        body["spec"] = {"podCIDR": second, "podCIDRs": [second]}
        post(connect(url, authority), token, body)
    else:
        {"create": create, "measure": measure}[verb](url, authority, token, int(first), int(second))
