"""Calls the launcher, built with sanitizers, against servers that say changed conversations: fuzz_launcher.py SECONDS SEED.

Every input that breaks a promise of garbage.problem() is written to corpus/, which test_garbage.py repeats. 1 if there was any.
"""
import hashlib
import os
import random
import struct
import subprocess
import sys
import time

import garbage
import launcher_case
from test_garbage import FOREIGN

NUMBERS = [0, 1, 2, 3, 4, 5, 6, 9, 10, 127, 128, 255, 256, 0x7FFF, 0xFFFF, 0x400000, 0x400001, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]


def mutate(rng, inputs):
    parts = garbage.pieces(rng.choice(inputs))
    for _ in range(rng.randint(1, 4)):
        how = rng.randrange(8)
        at = rng.randrange(len(parts)) if parts else 0
        part = bytearray(parts[at]) if parts else bytearray()
        place = rng.randrange(len(part) + 1)
        if how == 0 and part:
            part[place % len(part)] ^= 1 << rng.randrange(8)
        elif how == 1:
            part[place:place] = rng.randbytes(rng.choice((1, 2, 4, 16, 300)))
        elif how == 2:
            del part[place:place + rng.choice((1, 2, 6, 40))]
        elif how == 3:
            part[place:place + 4] = struct.pack(">I", rng.choice(NUMBERS))
        elif how == 4:
            part[0:4] = struct.pack(">I", max(0, len(part) - 4 + rng.choice((0, 0, 0, -1, 1))))
        elif how == 5:
            parts.insert(at, bytes(part))
        elif how == 6 and len(parts) > 1:
            del parts[at]
            continue
        else:
            other = rng.choice(garbage.pieces(rng.choice(inputs)) or [b""])
            part[place:place] = other
        parts[at:at + 1] = [bytes(part[:0xFFFF])]
    if rng.random() < 0.5 and len(parts) > 1:  # the length is right more often than chance would have it
        last = parts[-1]
        parts[-1] = struct.pack(">I", max(0, len(last) - 4)) + last[4:]
    return b"".join(garbage.piece(part) for part in parts)


def main():
    seconds, seed = int(sys.argv[1]), int(sys.argv[2])
    os.environ["SANITIZE"] = "address,undefined"
    launcher_case.VARIANTS = {"short_hello": launcher_case.VARIANTS["short_hello"]}
    case_class = type("Fuzzing", (launcher_case.LauncherCase,), {"runTest": lambda self: None})
    case_class.build = launcher_case.Build()
    rng = random.Random(seed)
    inputs = [data for _, data in [*garbage.seeds(), *garbage.corpus()]]
    runs = found = 0
    end = time.monotonic() + seconds
    print(f"seed {seed}", flush=True)
    try:
        case = case_class()
        case.setUp()
        case.script_file(FOREIGN, "path/foreign")
        path = os.path.join(case.scratch, "path")
        while time.monotonic() < end:
            data = mutate(rng, inputs)
            command = rng.choice(("ADD", "STATUS", "DEL"))
            server = garbage.wire.Server(case.daemon_socket, garbage.script(data))
            try:
                wrong = garbage.problem(data, case.call(command, b'{"name":"a"}', variant="short_hello", CNI_PATH=path))
            except subprocess.TimeoutExpired:
                wrong = "it hangs"
            server.close()
            runs += 1
            if wrong is not None:
                found += 1
                name = hashlib.sha1(data).hexdigest()
                print(f"{wrong}: {command} {name}", flush=True)
                with open(os.path.join(garbage.CORPUS, name), "wb") as file:
                    file.write(data)
        case.doCleanups()
    finally:
        case_class.build.remove()
    print(f"Done {runs} runs of the launcher in {seconds} second(s), {found} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
