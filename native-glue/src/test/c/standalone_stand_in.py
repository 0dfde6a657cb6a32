"""
Stands in for the stand-alone process: follows docs/cni-socket.md section 4 with python's means. run_tests.py writes an executable that
runs it with a directory of its own; what it is to do is read from `behaviour` there, what it was given goes to `started.<pid>`.
"""
import fcntl
import json
import os
import select
import signal
import socket
import sys
import threading

import wire


def inheritance():
    """Everything a process has from its parent."""
    descriptors = {}
    for number in os.listdir("/proc/self/fd"):
        try:
            descriptors[number] = os.readlink(f"/proc/self/fd/{number}")
        except FileNotFoundError:
            pass  # the one that listed
    with open("/proc/self/status", encoding="utf-8") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    mask = os.umask(0)
    os.umask(mask)
    return {"arguments": sys.argv[1:], "descriptors": descriptors, "environment": read_environment(), "cwd": os.getcwd(), "umask": mask,
            "session": os.getsid(0), "group": os.getpgrp(), "blocked": status["SigBlk"],
            # Python's own settings are SIGPIPE and SIGXFSZ ignored.
            "ignored": int(status["SigIgn"], 16) & ~(1 << (signal.SIGPIPE - 1)) & ~(1 << (signal.SIGXFSZ - 1)),
            "netns": os.readlink("/proc/self/ns/net")}


def read_environment():
    with open("/proc/self/environ", "rb") as file:
        return sorted(entry.decode() for entry in file.read().split(b"\0") if entry)


def serve(connection):
    call = wire.Call(connection)
    try:
        call.accept()
        call.send(wire.answer(b'{"served by": %d}' % os.getpid()))
        call.finished()
    except (wire.Closed, ConnectionError):
        pass
    finally:
        call.close()


def main():
    directory, run = sys.argv.pop(1), sys.argv.pop(1)
    started = inheritance()
    with open(f"{directory}/started.{os.getpid()}.new", "w", encoding="utf-8") as file:
        json.dump(started, file)
    os.rename(f"{directory}/started.{os.getpid()}.new", f"{directory}/started.{os.getpid()}")
    print("stand-in started", flush=True)
    with open(f"{directory}/behaviour", encoding="utf-8") as file:
        behaviour = json.load(file)
    if behaviour.get("die"):
        sys.exit("stand-in dies as told")
    path = f"{run}/cni-standalone.sock"
    lock = 3 if "--lock-fd=3" in sys.argv else os.open(f"{run}/cni-standalone.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # no effect on an inherited lock, an error where it is none
    for left_over in (path, path + ".new"):
        if os.path.lexists(left_over):
            os.unlink(left_over)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path + ".new")
    listener.listen(256)
    os.chmod(path + ".new", 0o600)
    os.rename(path + ".new", path)
    threads = []
    while select.select([listener], [], [], behaviour.get("idle", 10))[0]:
        thread = threading.Thread(target=serve, args=(listener.accept()[0],))
        thread.start()
        threads.append(thread)
    # Leaving: connections that are in the queue by now are ended without a hello, and come again.
    os.unlink(path)
    select.select([], [], [], behaviour.get("linger", 0))
    listener.close()
    os.close(lock)
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
