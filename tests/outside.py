"""What stands outside the portal in tests: a mail server and a vendor's robots, real ones on a local port."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks as much SMTP as a client needs. ``refuses``: the answer to a recipient, by his address."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Mail)
        self.letters: list[tuple[str, bytes]] = []  # (recipient, whole text)
        self.refuses: dict[str, str] = {}

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Mail(socketserver.StreamRequestHandler):
    server: MailServer

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.say("220 here")
        to: list[str] = []
        while line := self.rfile.readline().decode().strip():
            verb = line.upper()
            if verb.startswith("QUIT"):
                self.say("221 bye")
                return
            if verb.startswith("RCPT"):
                address = line[line.index("<") + 1 : line.index(">")]
                answer = self.server.refuses.get(address, "250 ok")
                if answer.startswith("250"):
                    to.append(address)
                self.say(answer)
            elif verb.startswith("DATA"):
                self.say("354 go on")
                lines = []
                while (part := self.rfile.readline()) != b".\r\n":
                    lines.append(part)
                self.server.letters += [(one, b"".join(lines)) for one in to]
                self.say("250 ok")
            else:
                self.say("250 ok")


class RobotServer(ThreadingHTTPServer):
    """Stands for a vendor: keeps what was posted, answers what ``answers`` holds, else that all is well."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Robot)
        self.posts: list[tuple[str, dict[str, Any]]] = []
        self.answers: list[tuple[int, dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Robot(BaseHTTPRequestHandler):
    server: RobotServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.posts.append((self.path, body))
        status, answer = self.server.answers.pop(0) if self.server.answers else (200, {"errcode": 0})
        said = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def serving(server: Any) -> Iterator[Any]:
    """Let ``server`` answer from a thread of its own."""
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
