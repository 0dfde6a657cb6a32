"""Which failure leads where: the table of docs/cni-socket.md section 3."""
import json
import os
import socket
import time

import wire
from launcher_case import LauncherCase

IDEMPOTENT = ("DEL", "CHECK", "GC")


class NotReachedTest(LauncherCase):
    """Before the hello: going elsewhere is free."""

    def standalone(self):
        def script(call):
            call.accept().send(wire.answer(b"stand-alone"))
            call.finished()
        return self.serve(script, self.standalone_socket)

    def check_fallback(self, reason, variant="patient"):
        standalone = self.standalone()
        for verb in ("ADD", *IDEMPOTENT):
            done = self.call(verb, variant=variant)
            self.assertEqual((done.returncode, done.stdout), (0, b"stand-alone"), verb)
            self.assertIn(reason, standalone.calls[-1].value(wire.REASON).decode())
        before = len(standalone.calls)
        value = self.error(self.call("STATUS", variant=variant), 50)
        self.assertIn(reason, value["msg"])
        self.assertIn(self.daemon_socket, value["msg"])
        self.assertEqual(self.error(self.call("FROB", variant=variant), 4)["msg"], "unknown CNI_COMMAND: FROB")
        self.assertEqual(len(standalone.calls), before, "STATUS and unknown verbs never go to the stand-alone process")

    def test_no_socket(self):
        self.check_fallback("No such file or directory")

    def test_nobody_listens(self):
        stale = socket.socket(socket.AF_UNIX)
        stale.bind(self.daemon_socket)
        stale.close()
        self.check_fallback("Connection refused")

    def test_end_before_the_hello(self):
        self.serve(lambda call: None)
        self.check_fallback("closed the connection before its hello")

    def test_part_of_a_hello(self):
        self.serve(lambda call: call.hello(b"flannel-j-cni 1"))
        self.check_fallback("closed the connection before its hello")

    def test_hello_of_somebody_else(self):
        greetings = [b"HTTP/1.1 400 Bad Request\n\n", b"\n", b"\0" * 200, b"flannel-j-cni 1 \n", b"flannel-j-cni 1\n", b"flannel-j-cni\n",
                     b"flannel-j-cni 1 b\nx", b"x" * 128 + b"\n"]
        standalone = self.standalone()
        self.serve(lambda call: (call.hello(greetings[0]), call.rest()))
        for greeting in list(greetings):
            self.assertEqual(self.call().stdout, b"stand-alone", greeting)
            greetings.pop(0)
        self.assertEqual(len(standalone.calls), 8)

    def test_another_protocol_version(self):
        self.serve(lambda call: (call.hello(b"flannel-j-cni 2 2.0.0\n"), call.rest()))
        self.check_fallback("another protocol version than 1: flannel-j-cni 2 2.0.0")

    def test_end_after_the_hello_but_before_anything_was_sent(self):
        self.serve(lambda call: call.hello())
        standalone = self.standalone()
        process = self.start(config=None)
        self.eventually(lambda: not self.servers_busy(), "the daemon is done")
        process.stdin.write(b"{}")
        process.stdin.close()
        self.assertEqual(process.stdout.read(), b"stand-alone")
        self.assertEqual(len(standalone.calls), 1)

    def servers_busy(self):
        daemon = self.servers[0]
        return not daemon.threads or any(thread.is_alive() for thread in daemon.threads)

    def serve(self, script, path=None):
        server = super().serve(script, path)
        self.servers = getattr(self, "servers", []) + [server]
        return server

    def test_no_hello_in_time_and_no_runtime(self):
        self.serve(lambda call: call.rest())
        value = self.error(self.call(variant="short_hello"), 11)
        self.assertIn("no hello in time", value["msg"])

    def test_full_backlog_is_no_endless_wait(self):
        # A server that never accepts: its queue is full after two, and connect gives EAGAIN from then on.
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(self.daemon_socket)
        listener.listen(0)
        others = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) for _ in range(4)]
        for other in others:
            self.addCleanup(other.close)
            other.connect_ex(self.daemon_socket)
        self.assertIn("temporarily unavailable", self.error(self.call(variant="short_hello"), 11)["msg"])

    def test_no_runtime_names_socket_errno_and_every_place(self):
        for verb in ("ADD", *IDEMPOTENT):
            value = self.error(self.call(verb, b'{"cniVersion":"0.3.1"}'), 11)
            self.assertEqual(value["cniVersion"], "0.3.1")
            for part in (self.daemon_socket, "No such file or directory", "patient/.flannel-j/bin/cni-standalone",
                         "patient/../bin/cni-standalone", "system/cni-standalone"):
                self.assertIn(part, value["msg"])

    def test_stand_alone_process_that_never_says_hello(self):
        self.serve(lambda call: call.rest(), self.standalone_socket)
        start = time.monotonic()
        value = self.error(self.call(variant="short_hello"), 11)
        self.assertIn("did not serve in time: no hello in time", value["msg"])
        self.assertGreaterEqual(time.monotonic() - start, 0.5)


class LostTest(LauncherCase):
    """After the hello: an ADD is never run again."""

    def check_lost(self, script, reason, variant="patient"):
        def standalone_script(call):
            call.accept().send(wire.answer(b"second"))
            call.finished()
        daemon = self.serve(script)
        standalone = self.serve(standalone_script, self.standalone_socket)
        value = self.error(self.call("ADD", b'{"cniVersion":"1.0.0"}', variant=variant), 11)
        self.assertIn(reason, value["msg"])
        self.assertIn(self.daemon_socket, value["msg"])
        self.assertEqual(value["cniVersion"], "1.0.0")
        self.assertIn(reason, self.error(self.call("STATUS", variant=variant), 50)["msg"])
        self.assertIn(reason, self.error(self.call("FROB", variant=variant), 11)["msg"])
        self.assertEqual(standalone.calls, [])
        for number, verb in enumerate(IDEMPOTENT, 1):
            self.assertEqual(self.call(verb, variant=variant).stdout, b"second")
            self.assertEqual(len(standalone.calls), number)
            self.assertIn(reason, standalone.calls[-1].value(wire.REASON).decode())
        self.assertEqual(len(daemon.calls), 6, "nobody asks the daemon a second time")

    def test_end_after_the_request(self):
        self.check_lost(lambda call: call.accept(), "closed the connection before it answered")

    def test_end_within_the_request(self):
        def script(call):
            call.hello()
            call.take_descriptors()
        self.check_lost(script, "")

    def test_no_answer_in_time(self):
        self.check_lost(lambda call: (call.accept(), call.rest()), "did not answer in time", "short_round")

    def test_request_is_not_read(self):
        waiting = []

        def script(call):
            call.hello()
            self.eventually(lambda: waiting, "the launcher has given up")
        self.serve(script)
        value = self.error(self.call(config=b"x" * (1 << 20), variant="short_round"), 11)
        waiting.append(True)
        self.assertIn("does not read the request", value["msg"])

    def test_answer_cut_off(self):
        whole = wire.answer(b"an answer")
        for length in (1, 3, 4, 5, 9, 14, len(whole) - 1):
            with self.subTest(length=length):
                server = self.serve(lambda call: (call.accept(), call.send(whole[:length])))
                self.assertIn("closed the connection", self.error(self.call(), 11)["msg"])
                server.close()

    def test_malformed_answers(self):
        status = (wire.STATUS, wire.u32(0))
        malformed = {
            "length 0": wire.u32(0),
            "length over the limit": wire.u32((4 << 20) + 1) + b"x" * 100,
            "largest length there is": wire.u32(0xffffffff),
            "section over the end": wire.u32(16) + wire.section(wire.KIND, wire.u32(wire.ANSWER)) + b"\0\x09\0\0\0\x01",
            "section of 4 GiB": wire.u32(16) + wire.section(wire.KIND, wire.u32(wire.ANSWER)) + b"\0\x09\xff\xff\xff\xff",
            "bytes behind the last section": wire.u32(13) + wire.section(wire.KIND, wire.u32(wire.ANSWER)) + b"xyz",
            "no kind": wire.u32(10) + wire.section(wire.STATUS, wire.u32(0)),
            "kind of wrong size": wire.u32(7) + wire.section(wire.KIND, b"\2"),
            "unknown kind": wire.frame(9, status),
            "kind 0": wire.frame(0, status),
            "a kind that only launchers send": wire.frame(wire.REPORT, status),
            "no status": wire.frame(wire.ANSWER, (wire.STDOUT, b"{}")),
            "status of wrong size": wire.frame(wire.ANSWER, (wire.STATUS, b"\0")),
            "status 256": wire.answer(status=256),
            "two frames at once": wire.answer(b"1") + wire.answer(b"2"),
            "execute without stdin": wire.frame(wire.EXECUTE, (wire.PLUGIN, b"x")),
            "execute without plugin": wire.frame(wire.EXECUTE, (wire.STDIN, b"x")),
            "execute with too long stdin": wire.execute("x", b"x" * ((2 << 20) + 1)),
        }
        for name, reply in malformed.items():
            with self.subTest(name):
                server = self.serve(lambda call: (call.accept(), call.send(reply), call.rest()))
                self.assertIn("its answer is malformed", self.error(self.call(), 11)["msg"])
                server.close()

    def test_every_cut_and_flip_of_an_answer_gives_valid_output(self):
        # The launcher has no memory protection of its own to lose: whatever comes, it ends with a status and no signal.
        whole = wire.frame(wire.EXECUTE, (wire.PLUGIN, b"x"), (wire.STDIN, b"{}"), (wire.ENV, b"A=b"), (wire.COMMAND, b"DEL"))
        replies = [whole[:i] + bytes([whole[i] ^ bit]) + whole[i + 1:] for i in range(len(whole)) for bit in (1, 0x80)]
        self.serve(lambda call: (call.accept(), call.send(replies[-1])))
        while replies:
            done = self.call()
            replies.pop()
            self.assertEqual(json.loads(done.stdout)["code"], 11)

    def test_stand_alone_process_lost_after_its_hello_is_not_asked_again(self):
        for path in (self.daemon_socket, self.standalone_socket):
            self.serve(lambda call: call.accept(), path)
        value = self.error(self.call("DEL"), 11)
        self.assertIn("stand-alone process lost during the call", value["msg"])

    def test_repeated_call_has_a_netlink_socket_of_its_own(self):
        sockets = []

        def script(call):
            call.accept()
            sockets.append((call.netns()["flags"], os.fstat(call.descriptors[2]).st_ino))
            if call.value(wire.REASON) is not None:
                call.send(wire.answer())
        for path in (self.daemon_socket, self.standalone_socket):
            self.serve(script, path)
        self.assertEqual(self.call("DEL", CNI_NETNS="/proc/self/ns/net").returncode, 0)
        self.assertEqual([flags for flags, _ in sockets], [31, 31])
        self.assertNotEqual(sockets[0][1], sockets[1][1])


class ErrorObjectTest(LauncherCase):
    def test_version_of_the_configuration_is_repeated_where_it_can_be_read(self):
        cases = {
            b'{"cniVersion":"1.0.0"}': "1.0.0",
            b'\n { "name" : "x" , "CNIVERSION" :\t"0.4.0" }': "0.4.0",
            b'{"a":{"cniVersion":"9"},"b":["cniVersion"],"cniVersion":"0.3.1"}': "0.3.1",
            b'{"a":"cniVersion","b":"\\"cniVersion\\":","cniVersion":"1.1.0"}': "1.1.0",
            b'{"cniVersion":"0.1.0","cniVersion":"0.2.0"}': "0.2.0",
            b'{"a":"}{][","cniVersion":"1.0.0"': "1.0.0",
            b"": None, b"{": None, b'"': None, b'"cniVersion"': None, b'{"cniVersion"': None, b'{"cniVersion":': None,
            b'{"cniVersion":1}': None, b'{"cniVersion":"': None, b'{"cniVersion":"\\': None, b'{"cniVersion":""}': None,
            b'{"cniVersion":"1.0\\"0"}': None, b'{"cniVersion":"' + b"1" * 33 + b'"}': None, b'["cniVersion","1"]': None,
            b'}"cniVersion":"1"': None, b"\xff\0\\": None,
        }
        for config, expected in cases.items():
            with self.subTest(config):
                self.assertEqual(self.error(self.call(config=config), 11).get("cniVersion"), expected)

    def test_odd_bytes_in_a_message_give_valid_json(self):
        for odd, shown in ((b'"\\\n\x01\x7f', '"\\\n\x01\x7f'), ("ü€𝄞".encode(), "ü€𝄞"), (b"\xff\xc0\xaf\xed\xa0\x80\xf5", "\ufffd" * 7),
                           (b"\xe2\x82", "\ufffd" * 2), (b"\x01" * 3000, "\x01" * 1000)):
            done = self.call(command=b"X" + odd)
            self.assertIn("unknown CNI_COMMAND: X" + shown, self.error(done, 4)["msg"])
