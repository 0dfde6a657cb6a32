"""The server's side of docs/cni-socket.md, as small and as strict as can be: it reads descriptors one byte at a time, as Netty does."""
import os
import socket
import struct
import threading

REQUEST, ANSWER, EXECUTE, REPORT, DELIVERED = 1, 2, 3, 4, 5
(KIND, PROTOCOL, BUILD, PLUGIN, ENV, STDIN, NETNS, STATUS, STDOUT, STDERR, COMMAND, OUTCOME, CODE, TEXT, PATH, FLAGS,
 REASON) = range(1, 18)
HELLO = b"flannel-j-cni 1 test-build\n"


def u32(number):
    return struct.pack(">I", number)


def section(kind, value):
    return struct.pack(">HI", kind, len(value)) + value


def frame(kind, *sections):
    body = section(KIND, u32(kind)) + b"".join(section(t, v) for t, v in sections)
    return u32(len(body)) + body


def answer(stdout=b"", status=0, stderr=b""):
    return frame(ANSWER, (STATUS, u32(status)), (STDOUT, stdout), (STDERR, stderr))


def execute(plugin, stdin=b"{}", *more):
    return frame(EXECUTE, (PLUGIN, plugin.encode()), (STDIN, stdin), *more)


def parse(body):
    sections = []
    while body:
        kind, length = struct.unpack(">HI", body[:6])
        if len(body) < 6 + length:
            raise AssertionError("a section runs over the end of its frame")
        sections.append((kind, body[6:6 + length]))
        body = body[6 + length:]
    return sections


class Closed(Exception):
    """The launcher has closed the connection."""


class Call:
    """One connection, with what has been received on it."""

    def __init__(self, connection):
        self.connection = connection
        self.tags = b""
        self.descriptors = []
        self.sections = []

    def hello(self, text=HELLO):
        self.connection.sendall(text)

    def take_descriptors(self):
        self.tags, self.descriptors, _, _ = socket.recv_fds(self.connection, 3, 4)
        if not self.tags:
            raise Closed()
        if len(self.tags) != 3 or len(self.descriptors) != 3:
            raise AssertionError(f"{len(self.descriptors)} descriptors with {self.tags!r}")

    def read(self, length):
        data = b""
        while len(data) < length:
            part = self.connection.recv(length - len(data))
            if not part:
                raise Closed()
            data += part
        return data

    def read_frame(self):
        (length,) = struct.unpack(">I", self.read(4))
        return parse(self.read(length))

    def read_request(self):
        self.take_descriptors()
        self.sections = self.read_frame()
        return self

    def accept(self):
        """Hello, descriptors and request."""
        self.hello()
        return self.read_request()

    def send(self, data):
        self.connection.sendall(data)

    def run(self, data):
        """Sends an EXECUTE and gives the sections of the REPORT."""
        self.send(data)
        return dict(self.read_frame())

    def value(self, kind):
        values = [v for t, v in self.sections if t == kind]
        return values[-1] if values else None

    def environment(self):
        return [v.decode() for t, v in self.sections if t == ENV]

    def netns(self):
        value = self.value(NETNS)
        names = ("flags", "step", "errno", "reserved", "own_dev", "own_ino", "dev", "ino")
        facts = dict(zip(names, struct.unpack(">IIIIQQQQ", value[:48])))
        facts["text"] = value[48:].decode()
        return facts

    def finished(self):
        """What the launcher still says after its answer: True for DELIVERED, False for the end of the connection."""
        try:
            return dict(self.read_frame())[KIND] == u32(DELIVERED)
        except (Closed, ConnectionResetError):
            return False

    def rest(self):
        """The next byte, or nothing at the end; a launcher that goes without having read all resets the connection."""
        try:
            return self.connection.recv(1)
        except ConnectionResetError:
            return b""

    def close(self):
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = []
        self.connection.close()


class Server:
    """Listens at a path and runs `script(call)` for every connection; a script's exception is raised again by close()."""

    def __init__(self, path, script):
        self.script = script
        self.calls = []
        self.failures = []
        self.threads = []
        self.path = path
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen(256)
        self.acceptor = threading.Thread(target=self._accept, daemon=True)
        self.acceptor.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            call = Call(connection)
            self.calls.append(call)
            thread = threading.Thread(target=self._serve, args=(call,), daemon=True)
            thread.start()
            self.threads.append(thread)  # only now is_alive() tells whether the script has ended

    def _serve(self, call):
        try:
            self.script(call)
        except (Closed, ConnectionResetError, BrokenPipeError):
            pass
        except BaseException as failure:  # noqa: B902 - shown by close(), in the test's own thread
            self.failures.append(failure)
        finally:
            call.close()

    def close(self):
        """May be called again."""
        if self.listener.fileno() < 0:
            return
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.acceptor.join(20)
        for thread in self.threads:
            thread.join(20)
        try:
            os.unlink(self.path)
        except FileNotFoundError:
            pass
        if self.failures:
            raise self.failures[0]
