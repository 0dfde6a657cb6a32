"""The stand-alone process: started once, by whoever comes first, and with nothing of its caller."""
import fcntl
import glob
import json
import os
import signal
import socket
import subprocess
import sys
import time

from launcher_case import CEILING, HERE, LauncherCase, alive


class StandaloneTest(LauncherCase):
    def setUp(self):
        super().setUp()
        self.place = os.path.join(self.scratch, "stand-in")
        os.mkdir(self.place)
        self.runtime = os.path.join(self.build.directory, "patient", ".flannel-j", "bin", "cni-standalone")
        self.install(self.runtime)
        self.behave()
        self.addCleanup(self.end_all)

    def install(self, path):
        # Not by way of a shell, which would add to the environment.
        text = (f"#!{sys.executable} -SB\nimport sys\nsys.path.insert(0, {HERE!r})\nsys.argv[1:1] = [{self.place!r}, {self.run_dir!r}]\n"
                "import standalone_stand_in\nstandalone_stand_in.main()\n")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o755)
        self.addCleanup(os.unlink, path)

    def behave(self, **behaviour):
        with open(os.path.join(self.place, "behaviour"), "w", encoding="utf-8") as file:
            json.dump(behaviour, file)

    def started(self):
        """What each process that was started was given, by pid."""
        result = {}
        for path in glob.glob(os.path.join(self.place, "started.*[0-9]")):
            with open(path, encoding="utf-8") as file:
                result[int(path.rpartition(".")[2])] = json.load(file)
        return result

    def end_all(self):
        for pid in self.started():
            if alive(pid):
                os.kill(pid, signal.SIGKILL)
        self.eventually(lambda: not any(alive(pid) for pid in self.started()), "the stand-ins are gone")

    def served_by(self, done):
        self.assertEqual(done.returncode, 0, done)
        return json.loads(done.stdout)["served by"]

    def test_it_is_started_serves_and_lives_on(self):
        # capture_output waits for the end of both pipes, as Go's exec.Cmd does: a copy of them in the process would hang this.
        first = self.served_by(self.call("ADD"))
        self.assertTrue(alive(first))
        self.assertEqual(self.served_by(self.call("DEL")), first)
        self.assertEqual(list(self.started()), [first])

    def test_it_inherits_nothing_of_its_caller(self):
        extra = os.open("/etc/passwd", os.O_RDONLY)
        os.dup2(extra, 200)
        self.addCleanup(os.close, extra)
        self.addCleanup(os.close, 200)
        link = self.launcher()
        caller = ("import os, signal, subprocess, sys; os.umask(0o077); os.chdir('/tmp');"
                  "[signal.signal(s, signal.SIG_IGN) for s in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGCHLD)];"
                  "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGTERM, signal.SIGUSR2]);"
                  f"os.execve({link!r}, [{link!r}], dict(os.environ))")
        done = subprocess.run([sys.executable, "-c", caller], input=b"", capture_output=True, timeout=CEILING, pass_fds=[extra, 200],
                              env=self.environment(SECRET="x", LD_PRELOAD="", JAVA_TOOL_OPTIONS="-Dx"), process_group=0)
        pid = self.served_by(done)
        given = self.started()[pid]
        log = os.path.join(self.run_dir, "cni-standalone.log")
        lock = os.path.join(self.run_dir, "cni-standalone.lock")
        self.assertEqual(given["descriptors"], {"0": "/dev/null", "1": log, "2": log, "3": lock})
        self.assertEqual(given["environment"], ["LANG=C", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"])
        self.assertEqual(given["arguments"], ["--lock-fd=3"])
        self.assertEqual((given["cwd"], given["umask"]), ("/", 0o022))
        # 32 and 33 belong to the C library, which lets nobody set them; only the build without it can.
        ignored = given["ignored"] & ~(3 << 31) if os.environ.get("SANITIZE") else given["ignored"]
        self.assertEqual((int(given["blocked"], 16), ignored), (0, 0))
        self.assertNotEqual(given["session"], os.getsid(0))
        self.assertEqual(given["netns"], os.readlink("/proc/self/ns/net"))
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            parent = int(file.read().rpartition(")")[2].split()[1])
        self.assertNotEqual(parent, os.getpid())

    def test_a_hundred_at_once_start_one_and_are_all_served(self):
        processes = [self.start("ADD" if i % 2 else "DEL", b"{}") for i in range(100)]
        served = set()
        for process in processes:
            output, _ = process.communicate(timeout=CEILING)
            self.assertEqual(process.returncode, 0, output)
            served.add(json.loads(output)["served by"])
        self.assertEqual(len(served), 1)
        self.assertEqual(set(self.started()), served)

    def test_a_process_that_leaves_loses_nobody(self):
        # It leaves as soon as nobody asks for 30 ms, and keeps its unlinked socket open for a while: callers meet it in every state.
        # It may even have left again before the one that started it has come, which real idle times exclude: hence "persistent".
        self.behave(idle=0.03, linger=0.01)
        self.install(os.path.join(self.build.directory, "system", "cni-standalone"))
        served = set()
        for turn in range(10):
            time.sleep(0.005 * turn)
            processes = [self.start(variant="persistent") for _ in range(6)]
            for process in processes:
                output, _ = process.communicate(timeout=CEILING)
                self.assertEqual(process.returncode, 0, output)
                served.add(json.loads(output)["served by"])
        self.assertGreater(len(served), 1, "it did leave in between")

    def test_killed_one_is_replaced_although_its_socket_is_still_there(self):
        first = self.served_by(self.call())
        os.kill(first, signal.SIGKILL)
        self.eventually(lambda: not alive(first), "it is gone")
        self.assertTrue(os.path.exists(self.standalone_socket))
        second = self.served_by(self.call())
        self.assertNotEqual(first, second)

    def test_launcher_killed_at_any_moment_leaves_no_lock_behind(self):
        for delay in (0, 0.0005, 0.001, 0.002, 0.004, 0.03):
            process = self.start()
            time.sleep(delay)  # where it is killed does not matter, only that it is at many places
            process.kill()
            process.wait()
            self.served_by(self.call())
            self.end_all()
            for path in glob.glob(os.path.join(self.place, "started.*")):
                os.unlink(path)

    def test_lock_is_held_by_the_process_alone(self):
        pid = self.served_by(self.call())
        lock = os.open(os.path.join(self.run_dir, "cni-standalone.lock"), os.O_RDWR)
        self.addCleanup(os.close, lock)
        with self.assertRaises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.kill(pid, signal.SIGKILL)
        self.eventually(lambda: not alive(pid), "it is gone")
        self.eventually(lambda: self.can_lock(lock), "the lock is free")

    @staticmethod
    def can_lock(lock):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False

    def test_callers_wait_while_another_one_is_starting(self):
        lock = os.open(os.path.join(self.run_dir, "cni-standalone.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = self.start()
        time.sleep(0.1)
        self.assertIsNone(process.poll())
        self.assertEqual(self.started(), {})
        os.close(lock)
        output, _ = process.communicate(timeout=CEILING)
        self.assertEqual([json.loads(output)["served by"]], list(self.started()))

    def test_bound_but_not_listening_is_waited_for(self):
        lock = os.open(os.path.join(self.run_dir, "cni-standalone.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        early = socket.socket(socket.AF_UNIX)
        early.bind(self.standalone_socket)
        process = self.start()
        time.sleep(0.05)
        self.assertIsNone(process.poll())
        early.close()
        os.close(lock)
        self.assertEqual(process.wait(CEILING), 0)

    def test_one_that_dies_at_once_is_tried_twice_and_the_log_named(self):
        self.behave(die=True)
        value = self.error(self.call(), 11)
        self.assertIn(f"ended before it served; see {self.run_dir}/cni-standalone.log", value["msg"])
        self.assertIn(self.daemon_socket, value["msg"])
        self.assertEqual(len(self.started()), 2)
        with open(os.path.join(self.run_dir, "cni-standalone.log"), encoding="utf-8") as log:
            self.assertEqual(log.read().count("stand-in dies as told"), 2)

    def test_one_that_cannot_be_executed_is_named_with_errno(self):
        with open(self.runtime, "w", encoding="utf-8") as file:
            file.write("#!/nonexistent/interpreter\n")
        value = self.error(self.call("DEL"), 11)
        self.assertIn("cannot start", value["msg"])
        self.assertIn("cni-standalone\": No such file or directory", value["msg"])

    def test_places_are_searched_in_order(self):
        os.chmod(self.runtime, 0o644)
        for place in ("system/cni-standalone", "bin/cni-standalone"):
            path = os.path.join(self.build.directory, place)
            self.install(path)
            done = self.call()
            pid = self.served_by(done)
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                self.assertIn(os.path.basename(os.path.dirname(path)).encode() + b"/cni-standalone", file.read())
            self.end_all()
            with open(path, "w", encoding="utf-8") as file:
                file.write("#!/bin/sh\necho wrong place; exit 1\n")
        os.chmod(self.runtime, 0o755)
        self.served_by(self.call())

    def test_status_version_and_about_never_start_it(self):
        self.error(self.call("STATUS"), 50)
        self.assertEqual(self.call("VERSION").returncode, 0)
        self.assertEqual(self.call(None).returncode, 0)
        self.error(self.call("FROB"), 4)
        self.assertEqual(self.started(), {})
        self.assertEqual(os.listdir(self.run_dir), [])

    def test_run_directory_is_made_and_log_kept_small(self):
        os.rmdir(self.run_dir)
        pid = self.served_by(self.call())
        self.assertEqual(os.stat(self.run_dir).st_mode & 0o777, 0o755)
        log = os.path.join(self.run_dir, "cni-standalone.log")
        for name in ("cni-standalone.log", "cni-standalone.lock"):
            self.assertEqual(os.stat(os.path.join(self.run_dir, name)).st_mode & 0o777, 0o600)
        for size, kept in ((1 << 20, True), ((1 << 20) + 1, False)):
            os.kill(pid, signal.SIGKILL)
            self.eventually(lambda: not alive(pid), "it is gone")  # noqa: B023
            with open(log, "wb") as file:
                file.write(b"x" * size)
            pid = self.served_by(self.call())
            with open(log, "rb") as file:
                content = file.read()
            self.assertEqual(content.startswith(b"x"), kept)
            self.assertTrue(content.endswith(b"stand-in started\n"))

    def test_run_directory_that_cannot_be_made(self):
        os.rmdir(self.run_dir)
        with open(self.run_dir, "w", encoding="utf-8"):
            pass
        try:
            self.assertIn("Not a directory", self.error(self.call(), 11)["msg"])
        finally:
            os.unlink(self.run_dir)
            os.mkdir(self.run_dir)
