#!/usr/bin/env python3
"""Leases in an etcd, for bench/etcd.sh.

puts.py HOST:PORT create FIRST COUNT   writes flannel's keys and values of peers
puts.py HOST:PORT measure FIRST COUNT  writes them one by one; prints for each the milliseconds from the moment at which a bare etcdctl watch
                                       has it, and a bare watch of the JSON gateway, to the moment at which the kernel announces its
                                       route, negative if the route was first
"""
import base64
import http.client
import json
import re
import subprocess
import sys
import time

from nodes import compare

PREFIX = "/coreos.com/network/subnets/"
KEY = re.compile(re.escape(PREFIX) + r"10\.(\d+)\.(\d+)\.0-24")


def text64(text):
    return base64.b64encode(text.encode()).decode()


def lease(i):
    a, b = 32 + i // 256, i % 256
    value = {
        "PublicIP": f"172.20.{i // 256}.{b}",
        "PublicIPv6": None,
        "BackendType": "vxlan",
        "BackendData": {"VNI": 1, "VtepMAC": "02:00:00:01:%02x:%02x" % (a, b)},
    }
    return {"key": text64(f"{PREFIX}10.{a}.{b}.0-24"), "value": text64(json.dumps(value, separators=(",", ":")))}


def post(connection, path, body):
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        sys.exit(f"POST {path}: {answer.status} {text[:300]!r}")


def number(key):
    match = KEY.fullmatch(key)
    return (int(match[1]) - 32) * 256 + int(match[2]) if match else -1


def gateway(address, seen, started):
    connection = http.client.HTTPConnection(address)
    request = {"create_request": {"key": text64(PREFIX), "range_end": text64(PREFIX[:-1] + "0")}}
    connection.request("POST", "/v3/watch", json.dumps(request))
    answer = connection.getresponse()
    started.set()
    while line := answer.readline():
        now = time.perf_counter()
        for event in json.loads(line)["result"].get("events", []):
            seen.setdefault(number(base64.b64decode(event["kv"]["key"]).decode()), now)


def etcdctl(address, seen, _):
    command = ["etcdctl", "--endpoints=" + address, "watch", "--prefix", PREFIX]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={"ETCDCTL_API": "3", "PATH": "/usr/bin:/bin"}) as process:
        while line := process.stdout.readline():
            seen.setdefault(number(line.decode().strip()), time.perf_counter())


if __name__ == "__main__":
    address, verb, first, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    client = http.client.HTTPConnection(address)
    if verb == "create":
        for start in range(first, first + count, 100):
            some = range(start, min(start + 100, first + count))
            post(client, "/v3/kv/txn", {"success": [{"request_put": lease(i)} for i in some]})
    else:
        compare(
            [lambda seen, started: etcdctl(address, seen, started), lambda seen, started: gateway(address, seen, started)],
            lambda i: post(client, "/v3/kv/put", lease(i)),
            first,
            count,
        )
