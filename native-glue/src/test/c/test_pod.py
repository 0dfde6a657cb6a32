"""The pod's namespace: what N, S and the NETNS section say about it."""
import errno
import fcntl
import os
import socket
import struct
import subprocess
import unittest

import wire
from launcher_case import LauncherCase

SIOCGIFINDEX = 0x8933
GIVEN, OWN_KNOWN, POD_KNOWN, NETNS_REAL, SOCKET_REAL = 1, 2, 4, 8, 16


def may_enter_namespaces():
    return subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode == 0


def sees_link(descriptor, name):
    """An ioctl on any socket looks in the namespace that the socket belongs to."""
    try:
        fcntl.ioctl(descriptor, SIOCGIFINDEX, struct.pack("16s16x", name.encode()) + bytes(8))
        return True
    except OSError as error:
        if error.errno != errno.ENODEV:
            raise
        return False


class PodTest(LauncherCase):
    def facts(self, netns, command="ADD", **changes):
        """The NETNS section, and what `look(call)` saw while the descriptors were open."""
        seen = {}

        def script(call):
            call.accept()
            seen.update(call.netns())
            root = os.stat("/")
            for name, descriptor in zip("RNS", call.descriptors):
                status = os.fstat(descriptor)
                seen[name] = (status.st_dev, status.st_ino)
                seen[name + "_is_root"] = seen[name] == (root.st_dev, root.st_ino)
            if seen["flags"] & SOCKET_REAL:
                received = socket.socket(fileno=os.dup(call.descriptors[2]))
                seen["family"], seen["type"], seen["protocol"] = received.family, received.type & 0xf, received.proto
                seen["address"] = received.getsockname()
                received.close()
                seen["sees_probe"] = sees_link(call.descriptors[2], "probe0")
            call.send(wire.answer(b"{}"))
            call.finished()
        server = self.serve(script)
        self.assertEqual(self.call(command, CNI_NETNS=netns, **changes).stdout, b"{}")
        server.close()
        return seen

    def namespace(self):
        """A namespace with a link probe0 in it, held by a process of ours; gives its path."""
        if not may_enter_namespaces():
            self.skipTest("needs the right to make network namespaces (root)")
        ready, write = os.pipe()
        holder = subprocess.Popen(["unshare", "-n", "sh", "-c", f"ip link add probe0 type bridge && echo >&{write} && exec sleep 600"],
                                  pass_fds=[write])
        os.close(write)
        self.addCleanup(self._end, holder)
        with open(ready, "rb") as file:
            self.assertEqual(file.readline(), b"\n", "the namespace is ready")
        return f"/proc/{holder.pid}/ns/net"

    def test_a_real_namespace(self):
        path = self.namespace()
        seen = self.facts(path)
        status = os.stat(path)
        self.assertEqual(seen["flags"], GIVEN | OWN_KNOWN | POD_KNOWN | NETNS_REAL | SOCKET_REAL)
        self.assertEqual((seen["step"], seen["errno"], seen["text"]), (0, 0, ""))
        self.assertEqual((seen["dev"], seen["ino"]), (status.st_dev, status.st_ino))
        self.assertEqual(seen["N"], (status.st_dev, status.st_ino))
        self.assertTrue(seen["R_is_root"])
        self.assertEqual((seen["family"], seen["type"], seen["protocol"]), (socket.AF_NETLINK, socket.SOCK_RAW, 0))
        self.assertEqual(seen["address"], (0, 0), "neither bound nor connected")
        self.assertTrue(seen["sees_probe"], "the netlink socket lives inside")
        self.assertNotEqual((seen["own_dev"], seen["own_ino"]), (seen["dev"], seen["ino"]))

    def test_own_namespace_is_recognisable(self):
        seen = self.facts("/proc/self/ns/net")
        self.assertEqual(seen["flags"], 31)
        self.assertEqual((seen["own_dev"], seen["own_ino"]), (seen["dev"], seen["ino"]))
        self.assertFalse(seen["sees_probe"])

    def test_path_that_is_gone(self):
        for command in ("ADD", "DEL"):
            seen = self.facts("/run/netns/gone", command)
            self.assertEqual((seen["flags"], seen["step"], seen["errno"]), (GIVEN | OWN_KNOWN, 1, errno.ENOENT))
            self.assertEqual(seen["text"], 'open "/run/netns/gone": No such file or directory')
            self.assertTrue(seen["R_is_root"] and seen["N_is_root"] and seen["S_is_root"])

    def test_files_that_are_no_network_namespace(self):
        fifo = os.path.join(self.scratch, "fifo")
        os.mkfifo(fifo)
        for path in ("/etc/passwd", "/", fifo, "/dev/null", "/proc/self/ns/uts"):
            with self.subTest(path):
                seen = self.facts(path)
                self.assertEqual((seen["flags"], seen["step"], seen["errno"]), (GIVEN | OWN_KNOWN | POD_KNOWN, 4, errno.EINVAL))
                self.assertEqual(seen["text"], f'setns "{path}": Invalid argument')
                self.assertTrue(seen["N_is_root"] and seen["S_is_root"])

    def test_without_the_right_to_enter(self):
        if os.getuid() != 0:
            self.skipTest("needs root to give up root")
        path = self.namespace()
        seen = {}

        def script(call):
            call.accept()
            seen.update(call.netns())
            call.send(wire.answer())
            call.finished()
        self.serve(script)
        # All of root but CAP_SYS_ADMIN.
        subprocess.run(["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin", self.launcher()], input=b"", capture_output=True,
                       env=self.environment(CNI_NETNS=path), timeout=60, check=True)
        self.assertEqual((seen["step"], seen["errno"]), (4, errno.EPERM))
        self.assertEqual(seen["flags"] & (NETNS_REAL | SOCKET_REAL), 0)

    def test_foreign_plugins_run_outside_the_pod(self):
        path = self.namespace()
        self.script_file("#!/bin/sh\nreadlink /proc/self/ns/net", "plugins/foreign")
        reports = []

        def script(call):
            call.accept()
            reports.append(call.run(wire.execute("foreign")))
            call.send(wire.answer())
            call.finished()
        self.serve(script)
        self.assertEqual(self.call(CNI_NETNS=path, CNI_PATH=os.path.join(self.scratch, "plugins")).returncode, 0)
        self.assertEqual(reports[0][wire.STDOUT].decode().strip(), os.readlink("/proc/self/ns/net"))
