"""A server that says whatever an input holds, and what holds for the launcher all the same.

An input is a row of pieces, each a length in two bytes and that many bytes: first the greeting, then what comes after the request
and after each report.
"""
import json
import os
import select
import socket
import struct

import wire

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")
PIECES = 80
PATIENCE = 0.03  # seconds that the launcher gets to answer a piece; when it does not, the next one follows
SANITIZERS = (b"AddressSanitizer", b"runtime error:", b"LeakSanitizer")


def piece(data):
    return struct.pack(">H", len(data)) + data


def pieces(data):
    result = []
    while len(data) >= 2 and len(result) < PIECES:
        (length,) = struct.unpack(">H", data[:2])
        result.append(data[2:2 + length])
        data = data[2 + length:]
    return result


def script(data):
    """For wire.Server: says the pieces and then goes."""
    def serve(call):
        for number, part in enumerate(pieces(data)):
            call.send(part)
            if number == 0 and part.endswith(b"\n"):
                call.take_descriptors()
            while select.select([call.connection], [], [], PATIENCE)[0]:
                if not call.connection.recv(1 << 16, socket.MSG_DONTWAIT):
                    raise wire.Closed()
    return serve


def problem(data, finished):
    """What is wrong with how the launcher ended, or None."""
    if finished.returncode < 0:
        return f"signal {-finished.returncode}"
    if any(word in finished.stderr for word in SANITIZERS):
        return "a sanitizer's report"
    # Where a server went back on its word after the hello, what it had said before is not an answer.
    try:
        error = json.loads(finished.stdout)
        if isinstance(error, dict) and isinstance(error.get("code"), int) and error.get("msg"):
            return None
    except ValueError:
        pass
    said = b"".join(pieces(data))
    if finished.stdout not in said:
        return "standard output that is neither an error object nor what the server said"
    if finished.stdout == b"" and not said.startswith(b"flannel-j-cni 1 "):
        return "silence where nobody has answered"
    return None


def seeds():
    """Conversations that go well, in the order of docs/cni-socket.md."""
    hello = piece(wire.HELLO)
    run = wire.execute("foreign", b'{"name":"a"}', (wire.COMMAND, b"ADD"), (wire.ENV, b"CNI_ARGS=a=b"))
    yield "answer", hello + piece(wire.answer(b'{"cniVersion":"1.0.0"}', 0, b"a line\n"))
    yield "error", hello + piece(wire.answer(b'{"code":7,"msg":"x"}', 1))
    yield "execute", hello + piece(run) + piece(wire.answer(b"{}"))
    yield "missing", hello + piece(wire.execute("none")) + piece(wire.answer(b"{}", 1))
    yield "twice", hello + piece(run) + piece(run) + piece(wire.answer(b"{}"))
    yield "in-pieces", hello + piece(wire.answer(b"{}")[:9]) + piece(wire.answer(b"{}")[9:])
    yield "later-hello", piece(b"flannel-j-cni 1 2.0+x and more\n") + piece(wire.frame(wire.ANSWER, (99, b"later"), (wire.STATUS, wire.u32(3))))
    yield "other-version", piece(b"flannel-j-cni 2 x\n")
    yield "huge", hello + piece(b"\x7f\xff\xff\xff" + b"x" * 40)
    yield "overrun", hello + piece(wire.u32(16) + wire.section(wire.KIND, wire.u32(2)) + struct.pack(">HI", 9, 0xFFFFFFFF))
    yield "status", hello + piece(wire.answer(b"{}", 256))
    yield "web-server", piece(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def corpus():
    """All recorded inputs, (name, bytes)."""
    for name in sorted(os.listdir(CORPUS)):
        with open(os.path.join(CORPUS, name), "rb") as file:
            yield name, file.read()
