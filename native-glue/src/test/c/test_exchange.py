"""The ordinary course of a call."""
import os
import signal
import stat
import subprocess
import threading
import time

import wire
from launcher_case import LauncherCase


class ExchangeTest(LauncherCase):
    def test_answer_is_passed_on_unchanged(self):
        stdout, stderr = b'{"bytes": "\x00\xff"}' * 3, b"a log line\n"
        for status in (0, 1, 7, 255):
            server = self.daemon_answers(stdout, status=status, stderr=stderr)
            done = self.call()
            self.assertEqual((done.returncode, done.stdout, done.stderr), (status, stdout, stderr))
            self.doCleanups()
            self.setUp()
            self.assertEqual([call.delivered for call in server.calls], [True])

    def test_request_carries_plugin_versions_environment_and_stdin(self):
        server = self.daemon_answers()
        config = bytes(range(256))
        self.call("CHECK", config, "host-local", CNI_ARGS="a=b;c=d=e", CNI_EMPTY="", XCNI_NOT="x", CNI="x")
        (call,) = server.calls
        self.assertEqual(call.tags, b"RNS")
        self.assertEqual(call.sections[0], (wire.KIND, wire.u32(wire.REQUEST)))
        self.assertEqual(call.value(wire.PROTOCOL), wire.u32(1))
        self.assertEqual(call.value(wire.BUILD), b"1.2.3+test")
        self.assertEqual(call.value(wire.PLUGIN), b"host-local")
        self.assertEqual(call.value(wire.STDIN), config)
        self.assertIsNone(call.value(wire.REASON))
        self.assertEqual(sorted(call.environment()), ["CNI_ARGS=a=b;c=d=e", "CNI_COMMAND=CHECK", "CNI_CONTAINERID=c1", "CNI_EMPTY=",
                                                      "CNI_IFNAME=eth0", "CNI_NETNS=", "CNI_PATH=/nonexistent"])

    def test_every_verb_goes_to_the_daemon(self):
        server = self.daemon_answers(b"ok")
        for verb in ("ADD", "DEL", "CHECK", "GC", "STATUS", "FUTURE"):
            self.assertEqual(self.call(verb).stdout, b"ok")
        self.assertEqual(len(server.calls), 6)

    def test_largest_stdin_and_a_large_answer_pass(self):
        answer = os.urandom(3 << 20)
        server = self.daemon_answers(answer)
        config = b"x" * (1 << 20)
        self.assertEqual(self.call(config=config).stdout, answer)
        self.assertEqual(server.calls[0].value(wire.STDIN), config)

    def test_static_buffers_take_no_huge_pages(self):
        if not os.path.exists("/sys/kernel/mm/transparent_hugepage"):
            self.skipTest("this kernel has no transparent huge pages")

        def areas(pid):
            """What follows the executable's file in memory without a gap, as (kilobytes, flags), where it is a megabyte or more."""
            own_end, size, follows, found = None, 0, False, []
            with open(f"/proc/{pid}/smaps", encoding="ascii") as file:
                for line in file:
                    words = line.split()
                    if "-" in words[0]:
                        start, end = words[0].split("-")
                        follows = start == own_end
                        if follows or words[-1].endswith("flannel-j-cni"):
                            own_end = end
                    elif line.startswith("Size:"):
                        size = int(words[1])
                    elif line.startswith("VmFlags:") and follows and size >= 1024:
                        found.append((size, words[1:]))
            return found

        started = threading.Event()

        def script(call):
            call.accept()
            started.wait(10)
            call.areas = areas(process.pid)
            call.send(wire.answer(b"{}"))
            call.finished()
        server = self.serve(script)
        process = self.start()
        started.set()
        process.wait()
        self.assertTrue(server.calls[0].areas)
        for size, flags in server.calls[0].areas:
            self.assertIn("nh", flags, f"{size} kB of {server.calls[0].areas}")

    def test_slow_server_that_sends_byte_after_byte(self):
        def script(call):
            for byte in wire.HELLO:
                call.hello(bytes([byte]))
            call.read_request()
            for byte in wire.answer(b"slow"):
                call.send(bytes([byte]))
            call.finished()
        self.serve(script)
        self.assertEqual(self.call().stdout, b"slow")

    def test_slow_stdin(self):
        server = self.daemon_answers(b"ok")
        process = self.start(config=None)
        for part in (b"{", b'"a":', b"1}"):
            process.stdin.write(part)
            process.stdin.flush()
            time.sleep(0.02)
        process.stdin.close()
        self.assertEqual(process.stdout.read(), b"ok")
        self.assertEqual(server.calls[0].value(wire.STDIN), b'{"a":1}')

    def test_newer_server_may_add_words_and_sections(self):
        def script(call):
            call.hello(b"flannel-j-cni 1 9.9.9 speaks=2 and more\n")
            call.read_request()
            call.send(wire.frame(wire.ANSWER, (0x7777, b"?"), (wire.STATUS, wire.u32(3)), (wire.STATUS, wire.u32(0)), (0x12, b""),
                                 (wire.STDOUT, b"new")))
            call.finished()
        self.serve(script)
        done = self.call()
        self.assertEqual((done.returncode, done.stdout), (0, b"new"))

    def test_no_delivered_when_nobody_reads_stdout(self):
        server = self.daemon_answers(b"x" * 100)
        reader, writer = os.pipe()
        os.close(reader)
        process = self.start(stdout=writer)
        os.close(writer)
        self.assertEqual(process.wait(60), 1)
        self.eventually(lambda: server.calls and getattr(server.calls[0], "delivered", None) is False, "end without DELIVERED")

    def test_closed_standard_descriptors_do_not_catch_our_own(self):
        server = self.daemon_answers(b"to stdout")
        done = subprocess.run(["/bin/sh", "-c", 'exec "$0" 0<&- 2>&-', self.launcher()], stdout=subprocess.PIPE, env=self.environment(),
                              timeout=60)
        self.assertEqual((done.returncode, done.stdout), (0, b"to stdout"))
        done = subprocess.run(["/bin/sh", "-c", 'exec "$0" 0<&- 1>&- 2>&-', self.launcher()], env=self.environment(), timeout=60)
        self.assertEqual(done.returncode, 0)
        self.assertEqual([call.value(wire.STDIN) for call in server.calls], [b"", b""])

    def test_stopped_and_continued_while_it_waits(self):
        go_on = []

        def script(call):
            call.accept()
            self.eventually(lambda: go_on, "the test lets the answer go")
            call.send(wire.answer(b"after the stop"))
            call.finished()
        server = self.serve(script)
        process = self.start()
        self.eventually(lambda: server.calls and server.calls[0].sections, "the request arrives")
        for _ in range(5):
            process.send_signal(signal.SIGSTOP)
            process.send_signal(signal.SIGCONT)
        go_on.append(True)
        self.assertEqual(process.stdout.read(), b"after the stop")

    def test_killed_caller_is_the_end_of_the_connection(self):
        ended = []

        def script(call):
            call.accept()
            ended.append(call.rest())
        server = self.serve(script)
        process = self.start()
        self.eventually(lambda: server.calls and server.calls[0].sections, "the request arrives")
        process.kill()
        self.eventually(lambda: ended == [b""], "the server sees the end")

    def test_descriptors_without_namespace_are_the_root_directory_three_times(self):
        facts = []

        def script(call):
            call.accept()
            facts.extend(os.fstat(descriptor) for descriptor in call.descriptors)
            call.send(wire.answer())
            call.finished()
        server = self.serve(script)
        self.call("GC")
        root = os.stat("/")
        for fact in facts:
            self.assertTrue(stat.S_ISDIR(fact.st_mode))
            self.assertEqual((fact.st_dev, fact.st_ino), (root.st_dev, root.st_ino))
        netns, own = server.calls[0].netns(), os.stat("/proc/self/ns/net")
        self.assertEqual((netns["own_dev"], netns["own_ino"]), (own.st_dev, own.st_ino))
        self.assertEqual((netns["flags"], netns["step"], netns["errno"], netns["text"]), (2, 0, 0, ""))
