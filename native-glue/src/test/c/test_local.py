"""What the launcher answers by itself, without any server."""
import json
import os
import subprocess

from launcher_case import LauncherCase

PLUGINS = ("flannel", "bridge", "host-local", "loopback", "portmap")
VERSIONS = ["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"]


class LocalTest(LauncherCase):
    def test_version_is_answered_for_every_plugin_without_asking_a_server(self):
        server = self.daemon_answers()
        for plugin in PLUGINS:
            done = self.call("VERSION", b'{"cniVersion":"1.1.0"}', plugin, CNI_NETNS="dummy", CNI_IFNAME="dummy", CNI_PATH="dummy")
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.assertEqual(json.loads(done.stdout), {"cniVersion": "1.1.0", "supportedVersions": VERSIONS})
        self.assertEqual(server.calls, [])

    def test_version_does_not_wait_for_stdin(self):
        process = self.start("VERSION", None)
        self.assertEqual(process.wait(60), 0)

    def test_without_command_it_tells_about_itself_on_stderr_only(self):
        expected = {"flannel": b"CNI Plugin flannel version v1.2.3 (linux/", "bridge": b"CNI bridge plugin v1.2.3",
                    "host-local": b"CNI host-local plugin v1.2.3"}
        for plugin, begin in expected.items():
            for command in (None, ""):
                done = self.call(command, plugin=plugin)
                lines = done.stderr.splitlines()
                self.assertEqual((done.returncode, done.stdout, len(lines)), (0, b"", 2))
                self.assertTrue(lines[0].startswith(begin), lines[0])
                self.assertEqual(lines[1].decode(), "CNI protocol versions supported: " + ", ".join(VERSIONS))

    def test_own_name_takes_the_plugin_as_argument(self):
        done = self.call("VERSION", plugin="flannel-j-cni", arguments=["portmap"])
        self.assertEqual(json.loads(done.stdout)["supportedVersions"], VERSIONS)
        done = self.call(None, plugin="flannel-j-cni", arguments=["loopback"])
        self.assertTrue(done.stderr.startswith(b"CNI loopback plugin v"))
        value = self.error(self.call("ADD", plugin="flannel-j-cni"), 999)
        self.assertIn("flannel-j-cni NAME", value["details"])

    def test_unknown_name_is_an_error_that_names_the_known_ones(self):
        for command in ("ADD", "VERSION"):
            value = self.error(self.call(command, plugin="calico"), 999)
            self.assertEqual(value["msg"], 'unknown plugin "calico"')
            for plugin in PLUGINS:
                self.assertIn(plugin, value["details"])
        done = self.call(None, plugin="calico")
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertIn(b'unknown plugin "calico"', done.stderr)

    def test_empty_name_is_survived(self):
        # Also what execve without any argv gives on kernels from 5.18.
        done = subprocess.run(["/bin/bash", "-c", 'exec -a "" "$0"', self.launcher()], capture_output=True, env=self.environment(),
                              timeout=60)
        self.assertEqual(self.error(done, 999)["msg"], 'unknown plugin ""')

    def test_too_long_stdin_is_an_error_and_nothing_is_sent(self):
        seen = []

        def script(call):
            try:
                call.hello()
            except BrokenPipeError:
                pass  # the launcher was done before the server had its turn
            seen.append(call.rest())
        server = self.serve(script)
        value = self.error(self.call(config=b'{"cniVersion":"1.0.0"}' + b" " * (1 << 20)), 5)
        self.assertIn("1048576", value["msg"])
        self.assertEqual(value["cniVersion"], "1.0.0")
        self.eventually(lambda: seen == [b""], "the server sees the end of the connection")
        self.assertEqual(len(server.calls), 1)

    def test_unreadable_stdin_is_an_io_error(self):
        directory = os.open("/", os.O_RDONLY)
        done = subprocess.run([self.launcher()], stdin=directory, capture_output=True, env=self.environment(), timeout=60)
        os.close(directory)
        self.assertIn("Is a directory", self.error(done, 5)["msg"])

    def test_too_much_environment_is_an_error_that_says_what(self):
        value = self.error(self.call(CNI_ARGS="x" * (127 << 10), CNI_A="x" * (127 << 10), CNI_B="x" * (10 << 10)), 4)
        self.assertIn("262144", value["msg"])
        many = {f"CNI_{i}": "" for i in range(61)}
        self.assertIn("66 of together", self.error(self.call(**many), 4)["msg"])
