"""Servers that do not keep to docs/cni-socket.md: the recorded inputs of fuzz_launcher.py."""
import os

import garbage
from launcher_case import LauncherCase

FOREIGN = "#!/bin/sh\ncat >/dev/null\necho '{}'\n"


class GarbageTest(LauncherCase):
    def say(self, data, command):
        server = self.serve(garbage.script(data))
        try:
            return self.call(command, b'{"name":"a"}', variant="short_hello", CNI_PATH=os.path.join(self.scratch, "path"))
        finally:
            server.close()

    def test_recorded_inputs_end_in_an_answer(self):
        self.script_file(FOREIGN, "path/foreign")
        for name, data in [*garbage.seeds(), *garbage.corpus()]:
            for command in ("ADD", "STATUS"):
                with self.subTest(name=name, command=command):
                    self.assertIsNone(garbage.problem(data, self.say(data, command)))
