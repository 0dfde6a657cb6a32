"""Builds the launcher with a run directory of its own and limits for tests; what every test case starts from."""
import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest

import wire

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = os.path.join(HERE, "..", "..", "main", "c")
CEILING = 60  # seconds until a call counts as hanging

# Waits that a test must not run into are long, waits that it provokes are short: so a busy machine changes nothing.
VARIANTS = {
    "patient": {"HELLO_MS": 50000, "ROUND_MS": 50000, "STANDALONE_MS": 50000, "TEXT_BUSY_MS": 50},
    "persistent": {"HELLO_MS": 50000, "ROUND_MS": 50000, "STANDALONE_MS": 50000, "TEXT_BUSY_MS": 50, "STARTS_LIMIT": 100000},
    "short_hello": {"HELLO_MS": 200, "ROUND_MS": 50000, "STANDALONE_MS": 600, "TEXT_BUSY_MS": 50},
    "short_round": {"HELLO_MS": 50000, "ROUND_MS": 400, "STANDALONE_MS": 50000, "TEXT_BUSY_MS": 50},
}


class Build:
    """One temporary directory for the whole run: run/ is the run directory, <variant>/ has a launcher."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="fj-launcher-", dir="/tmp")
        self.run = os.path.join(self.directory, "run")
        makers = []
        for variant, limits in VARIANTS.items():
            defines = " ".join(f"-D{k}={v}" for k, v in limits.items())
            defines += f" -DRUN_DIR='\"{self.run}\"' -DSYSTEM_RUNTIME='\"{self.directory}/system/cni-standalone\"'"
            command = ["make", "-s", "-C", SOURCES, f"OUT={self.directory}/{variant}", f"DEFINES={defines}", "VERSION=1.2.3",
                       "BUILD=1.2.3+test", f"SANITIZE={os.environ.get('SANITIZE', '')}"]
            makers.append(subprocess.Popen(command, env={k: v for k, v in os.environ.items() if not k.startswith("MAKE")}))
        if any(maker.wait() != 0 for maker in makers):
            raise SystemExit("the launcher does not compile")

    def remove(self):
        shutil.rmtree(self.directory, ignore_errors=True)


class LauncherCase(unittest.TestCase):
    build = None  # set by run_tests.py

    def setUp(self):
        self.run_dir = self.build.run
        self.scratch = tempfile.mkdtemp(dir=self.build.directory)
        shutil.rmtree(self.run_dir, ignore_errors=True)
        os.mkdir(self.run_dir)
        self.addCleanup(shutil.rmtree, self.scratch, True)
        self.daemon_socket = os.path.join(self.run_dir, "cni.sock")
        self.standalone_socket = os.path.join(self.run_dir, "cni-standalone.sock")

    def launcher(self, plugin="flannel", variant="patient"):
        """The executable under a plugin's name: a link in a directory of its own, as /opt/cni/bin has it."""
        link = os.path.join(self.scratch, f"{variant}-bin", plugin)
        os.makedirs(os.path.dirname(link), exist_ok=True)
        if not os.path.lexists(link):
            os.symlink(os.path.join(self.build.directory, variant, "flannel-j-cni"), link)
        return link

    @staticmethod
    def environment(command="ADD", **changes):
        result = {"PATH": "/usr/bin:/bin", "CNI_COMMAND": command, "CNI_CONTAINERID": "c1", "CNI_IFNAME": "eth0", "CNI_NETNS": "",
                  "CNI_PATH": "/nonexistent", "OTHER": "kept away"}
        result.update(changes)
        return {k: v for k, v in result.items() if v is not None}

    def call(self, command="ADD", config=b"{}", plugin="flannel", variant="patient", arguments=(), **changes):
        return subprocess.run([self.launcher(plugin, variant), *arguments], input=config, capture_output=True,
                              env=self.environment(command, **changes), timeout=CEILING)

    def start(self, command="ADD", config=b"{}", plugin="flannel", variant="patient", stdout=subprocess.PIPE, **changes):
        """Starts a call without waiting for it; `config` None leaves stdin open."""
        process = subprocess.Popen([self.launcher(plugin, variant)], stdin=subprocess.PIPE, stdout=stdout, stderr=subprocess.PIPE,
                                   env=self.environment(command, **changes))
        self.addCleanup(self._end, process)
        if config is not None:
            process.stdin.write(config)
            process.stdin.close()
            process.stdin = None  # or communicate() would flush it
        return process

    @staticmethod
    def _end(process):
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()

    def serve(self, script, path=None):
        server = wire.Server(path or self.daemon_socket, script)
        self.addCleanup(server.close)
        return server

    def daemon_answers(self, stdout=b"{}", **more):
        def script(call):
            call.accept().send(wire.answer(stdout, **more))
            call.delivered = call.finished()
        return self.serve(script)

    def error(self, finished, code):
        """Checks that a call ended with a CNI error object and nothing else on stdout; gives the object."""
        self.assertEqual(finished.returncode, 1, finished)
        value = json.loads(finished.stdout)
        self.assertEqual(value["code"], code, value)
        self.assertLessEqual(set(value), {"cniVersion", "code", "msg", "details"})
        return value

    def eventually(self, condition, what):
        """Polls with a generous ceiling."""
        end = time.monotonic() + CEILING
        while time.monotonic() < end:
            result = condition()
            if result:
                return result
            time.sleep(0.005)
        self.fail(f"never happened: {what}")

    def script_file(self, text, name="foreign", mode=0o755):
        path = os.path.join(self.scratch, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path


def alive(pid):
    """Whether a process exists and is not merely waiting to be reaped by somebody else."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        # Gone before the file was opened, or between that and the reading.
        return False
