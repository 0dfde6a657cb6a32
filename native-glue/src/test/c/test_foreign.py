"""EXECUTE and REPORT: plugins that are not ours, run where the runtime would have run them."""
import os
import signal
import subprocess
import sys
import threading

import wire
from launcher_case import LauncherCase, alive


class ForeignTest(LauncherCase):
    def setUp(self):
        super().setUp()
        self.plugins = os.path.join(self.scratch, "plugins")
        os.mkdir(self.plugins)

    def plugin(self, text, name="foreign", mode=0o755):
        return self.script_file("#!/bin/sh\n" + text, os.path.join("plugins", name), mode)

    def rounds(self, *frames, variant="patient", command="ADD", **changes):
        """Has the frames executed one after the other; gives their reports and the finished call."""
        reports = []

        def script(call):
            call.accept()
            for frame in frames:
                reports.append(call.run(frame))
            call.send(wire.answer(b"done"))
            call.finished()
        server = self.serve(script)
        changes.setdefault("CNI_PATH", self.plugins)
        done = self.call(command, variant=variant, **changes)
        server.close()
        return reports, done

    def run_one(self, frame=None, **changes):
        (report,), done = self.rounds(frame or wire.execute("foreign"), **changes)
        self.assertEqual((done.returncode, done.stdout), (0, b"done"))
        return report, done

    def check(self, report, outcome, code):
        self.assertEqual((report[wire.OUTCOME], report[wire.CODE]), (wire.u32(outcome), wire.u32(code)), report)

    def test_it_gets_stdin_environment_and_working_directory_of_the_launcher(self):
        path = self.plugin('cat; echo "|$0|$#|$CNI_COMMAND|$CNI_CONTAINERID|$OTHER|$(pwd)|"; env | grep -c ^CNI_')
        report, _ = self.run_one(wire.execute("foreign", b'{"a":1}'))
        self.check(report, 0, 0)
        expected = f'{{"a":1}}|{path}|0|ADD|c1|kept away|{os.getcwd()}|\n5\n'
        self.assertEqual(report[wire.STDOUT].decode(), expected)
        self.assertEqual((report[wire.PATH].decode(), report[wire.STDERR], report[wire.FLAGS]), (path, b"", wire.u32(0)))

    def test_command_and_environment_of_execute_replace_and_add(self):
        self.plugin('echo "$CNI_COMMAND $CNI_IFNAME $ADDED ${EMPTY-unset} $CNI_CONTAINERID"; env | grep -c CNI_COMMAND=')
        report, _ = self.run_one(wire.execute("foreign", b"", (wire.COMMAND, b"DEL"), (wire.ENV, b"CNI_IFNAME=net1"), (wire.ENV, b"ADDED=a=b"),
                                              (wire.ENV, b"EMPTY="), (wire.ENV, b"no equals sign")))
        self.assertEqual(report[wire.STDOUT], b"DEL net1 a=b  c1\n1\n")

    def test_several_rounds_in_one_call(self):
        self.plugin("cat; exit 3", "first")
        self.plugin("cat; cat", "second")
        reports, done = self.rounds(wire.execute("first", b"1"), wire.execute("second", b"2"), wire.execute("absent"), wire.execute("first", b"3"))
        self.assertEqual([report.get(wire.STDOUT) for report in reports], [b"1", b"2", b"", b"3"])
        self.assertEqual([report[wire.CODE] for report in reports], [wire.u32(n) for n in (3, 0, 0, 3)])
        self.assertEqual(done.stdout, b"done")

    def test_the_65th_round_is_refused(self):
        seen = []

        def script(call):
            call.accept()
            for number in range(65):
                seen.append(number)
                call.run(wire.execute("absent"))
        self.serve(script)
        self.assertIn("malformed", self.error(self.call(), 11)["msg"])
        self.assertEqual(len(seen), 65)

    def test_stderr_is_forwarded_and_its_tail_reported(self):
        self.plugin("echo out; echo to stderr >&2")
        report, done = self.run_one()
        self.assertEqual((report[wire.STDERR], done.stderr), (b"to stderr\n", b"to stderr\n"))
        self.plugin("i=0; while [ $i -lt 4000 ]; do echo line number $i >&2; i=$((i+1)); done")
        report, done = self.run_one()
        everything = "".join(f"line number {i}\n" for i in range(4000)).encode()
        self.assertEqual(done.stderr, everything)
        self.assertEqual(report[wire.STDERR], everything[-(16 << 10):])

    def test_stderr_tail_for_every_way_of_writing(self):
        for size in (1, 16383, 16384, 16385, 32767, 32768, 32769, 100000):
            self.plugin(f"head -c {size} /dev/zero | tr '\\0' 'e' >&2; printf END >&2")
            report, done = self.run_one()
            self.assertEqual(done.stderr, b"e" * size + b"END")
            self.assertEqual(report[wire.STDERR], done.stderr[-(16 << 10):])

    def test_large_output_is_cut_off_and_said_to_be(self):
        for size, flags in ((1 << 20, 0), ((1 << 20) + 1, 1), (3 << 20, 1)):
            self.plugin(f"head -c {size} /dev/zero")
            report, _ = self.run_one()
            self.assertEqual((len(report[wire.STDOUT]), report[wire.FLAGS]), (1 << 20, wire.u32(flags)))

    def test_large_stdin_that_is_read_and_that_is_not(self):
        config = os.urandom(2 << 20)
        self.plugin("cksum")
        report, _ = self.run_one(wire.execute("foreign", config))
        expected = subprocess.run(["cksum"], input=config, capture_output=True, check=True).stdout
        self.assertEqual(report[wire.STDOUT], expected)
        self.plugin("echo without reading")
        report, _ = self.run_one(wire.execute("foreign", config))
        self.assertEqual(report[wire.STDOUT], b"without reading\n")

    def test_stdin_can_be_opened_by_name(self):
        self.plugin("cat /dev/stdin")
        report, _ = self.run_one(wire.execute("foreign", b"{}"))
        self.assertEqual(report[wire.STDOUT], b"{}")

    def test_exit_status_and_signal(self):
        self.plugin("echo '{\"code\": 7}'; exit 42")
        report, _ = self.run_one()
        self.check(report, 0, 42)
        self.assertEqual(report[wire.STDOUT], b'{"code": 7}\n')
        self.plugin("echo partly; kill -KILL $$")
        report, _ = self.run_one()
        self.check(report, 1, signal.SIGKILL)
        self.assertEqual((report[wire.TEXT], report[wire.STDOUT]), (b"signal: killed", b"partly\n"))

    def test_not_found_texts_are_those_of_the_library(self):
        texts = {"": "no plugin name provided", "a/b": 'invalid plugin name: "a/b"',
                 "foreign": f'failed to find plugin "foreign" in path [{self.plugins} /nonexistent]'}
        os.mkdir(os.path.join(self.plugins, "foreign"))  # a directory is no plugin
        for name, text in texts.items():
            report, _ = self.run_one(wire.execute(name), CNI_PATH=self.plugins + ":/nonexistent")
            self.check(report, 2, 0)
            self.assertEqual(report[wire.TEXT].decode(), text)
            self.assertNotIn(wire.PATH, report)
        for path in ("", None):
            report, _ = self.run_one(CNI_PATH=path)
            self.assertEqual(report[wire.TEXT], b"no paths provided")

    def test_first_regular_file_over_the_path_is_taken(self):
        os.makedirs(os.path.join(self.scratch, "other", "foreign"))
        path = self.plugin("echo found")
        report, _ = self.run_one(CNI_PATH=f"{self.scratch}/other:/nonexistent:{self.plugins}/:{self.scratch}")
        self.assertEqual(report[wire.STDOUT], b"found\n")
        self.assertEqual(report[wire.PATH].decode(), path)

    def test_what_cannot_be_executed_is_reported_with_errno(self):
        path = self.plugin("", mode=0o644)
        report, _ = self.run_one()
        self.check(report, 3, 13)
        self.assertEqual(report[wire.TEXT].decode(), f"fork/exec {path}: permission denied")
        path = self.script_file("neither script nor program", "plugins/foreign")
        report, _ = self.run_one()
        self.check(report, 3, 8)
        self.assertEqual(report[wire.TEXT].decode(), f"fork/exec {path}: exec format error")

    def test_a_file_that_is_being_written_is_tried_again(self):
        # The interpreter of a script is not "text" for the kernel, so this needs a program.
        path = os.path.join(self.plugins, "foreign")
        with open("/bin/true", "rb") as true, open(path, "wb") as file:
            file.write(true.read())
        os.chmod(path, 0o755)
        writer = open(path, "ab")  # noqa: SIM115 - closed by the timer
        timer = threading.Timer(0.08, writer.close)
        timer.start()
        report, _ = self.run_one()
        timer.join()
        self.check(report, 0, 0)
        with open(path, "ab"):
            report, _ = self.run_one()
        self.check(report, 3, 26)
        self.assertEqual(report[wire.TEXT].decode(), f"fork/exec {path}: text file busy")

    def test_background_child_that_keeps_the_pipes_does_not_hold_the_call(self):
        pid_file = os.path.join(self.scratch, "pid")
        self.plugin(f"echo before; sleep 300 & echo $! >{pid_file}; echo after")
        try:
            report, _ = self.run_one()
            self.assertEqual(report[wire.STDOUT], b"before\nafter\n")
        finally:
            with open(pid_file, encoding="utf-8") as file:
                os.kill(int(file.read()), signal.SIGKILL)

    def test_time_in_a_foreign_plugin_does_not_count(self):
        self.plugin("sleep 1; echo slept")
        report, _ = self.run_one(variant="short_round")
        self.assertEqual(report[wire.STDOUT], b"slept\n")

    def test_it_dies_with_the_launcher(self):
        pid_file = os.path.join(self.scratch, "pid")
        self.plugin(f"echo $$ >{pid_file}.new; mv {pid_file}.new {pid_file}; exec sleep 300")
        ended = []

        def script(call):
            call.accept()
            call.send(wire.execute("foreign"))
            ended.append(call.rest())
        self.serve(script)
        process = self.start(CNI_PATH=self.plugins)
        self.eventually(lambda: os.path.exists(pid_file), "the plugin runs")
        with open(pid_file, encoding="utf-8") as file:
            pid = int(file.read())
        self.assertTrue(alive(pid))
        process.kill()
        self.eventually(lambda: not alive(pid), "the plugin is gone")
        self.eventually(lambda: ended == [b""], "the server sees the end")

    def test_server_gone_while_the_plugin_runs(self):
        done_file = os.path.join(self.scratch, "done")
        self.plugin(f"sleep 0.1; touch {done_file}")
        self.serve(lambda call: (call.accept(), call.send(wire.execute("foreign"))))
        self.error(self.call(CNI_PATH=self.plugins), 11)
        self.assertTrue(os.path.exists(done_file), "the plugin is not stopped half-way")

    def test_nothing_of_the_launcher_is_open_in_it(self):
        self.script_file(f"#!{sys.executable} -S\nimport os\nfor fd in os.listdir('/proc/self/fd'):\n"
                         " try: print(fd, os.readlink(f'/proc/self/fd/{fd}'))\n except FileNotFoundError: pass\n",
                         "plugins/foreign")
        self.plugin("grep SigIgn /proc/$$/status", "signals")  # Python itself would ignore SIGPIPE
        extra = os.open("/", os.O_RDONLY)
        os.set_inheritable(extra, True)
        self.addCleanup(os.close, extra)
        link = self.launcher()
        reports = []

        def script(call):
            call.accept()
            reports.extend([call.run(wire.execute("foreign")), call.run(wire.execute("signals"))])
            call.send(wire.answer())
        self.serve(script)
        subprocess.run([link], input=b"", capture_output=True, env=self.environment(CNI_PATH=self.plugins), close_fds=False, timeout=60,
                       check=True)
        lines = reports[0][wire.STDOUT].decode().splitlines()
        open_there = [line for line in lines if line[0:1].isdigit()]
        self.assertEqual({line.split()[0] for line in open_there}, {"0", "1", "2"}, open_there)
        ignored = int(reports[1][wire.STDOUT].split()[1], 16)
        self.assertEqual(ignored & 1 << (signal.SIGPIPE - 1), 0, "SIGPIPE is ignored by the launcher only")

    def test_launcher_itself_as_foreign_plugin(self):
        # A delegate of ours that CNI_PATH names is our own file again: it asks the daemon as a call of its own.
        os.symlink(os.path.realpath(self.launcher()), os.path.join(self.plugins, "bridge"))
        calls = []

        def script(call):
            call.accept()
            calls.append(call.value(wire.PLUGIN))
            if call.value(wire.PLUGIN) == b"flannel":
                report = call.run(wire.execute("bridge", b'{"type":"bridge"}'))
                call.send(wire.answer(b"outer of " + report[wire.STDOUT]))
            else:
                call.send(wire.answer(b"inner " + call.value(wire.STDIN)))
            call.finished()
        self.serve(script)
        self.assertEqual(self.call(CNI_PATH=self.plugins).stdout, b'outer of inner {"type":"bridge"}')
        self.assertEqual(calls, [b"flannel", b"bridge"])
