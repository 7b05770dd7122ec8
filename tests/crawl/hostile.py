"""Servers that mean ill, on loopback: a byte now and then, a body without end, redirects without end."""

from __future__ import annotations

import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache

Talk = Callable[[socket.socket, str], None]
"""What a server does with a connection once a request, whose path is given, has come."""


@contextmanager
def talking(talk: Talk) -> Iterator[tuple[str, list[str]]]:
    """A server that answers as `talk` does: its address and the paths that it was asked for."""
    paths: list[str] = []

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            request = b""
            while b"\r\n\r\n" not in request:
                if not (more := connection.recv(65_536)):
                    return
                request += more
            path = request.split(b" ")[1].decode()
            paths.append(path)
            talk(connection, path)

    def accept(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", paths
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def drip_headers(connection: socket.socket, _path: str) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(1_000):
        connection.sendall(f"X-{number}: y\r\n".encode())
        time.sleep(0.05)


def drip_body(connection: socket.socket, _path: str) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>")
    for _ in range(1_000):
        connection.sendall(b"x")
        time.sleep(0.05)


def stay_silent(connection: socket.socket, _path: str) -> None:
    connection.recv(1)


def redirect_on_and_on(connection: socket.socket, path: str) -> None:
    there = f"/{int(path[1:] or 0) + 1}" if path[1:].isdecimal() or path == "/" else "/1"
    connection.sendall(f"HTTP/1.1 302 Found\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n".encode())


def send_a_gigabyte(connection: socket.socket, _path: str) -> None:
    """Without saying how much there is."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    for _ in range(1_024):
        connection.sendall(bytes(2**20))


def claim_a_gigabyte(connection: socket.socket, _path: str) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    time.sleep(5)


@cache
def bomb() -> bytes:
    """Half a megabyte of gzip that is half a gigabyte of zeros."""
    packer, zeros = zlib.compressobj(wbits=31), bytes(2**20)
    return b"".join(packer.compress(zeros) for _ in range(512)) + packer.flush()


def send_a_bomb(connection: socket.socket, _path: str) -> None:
    body = bomb()
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)


def break_off(connection: socket.socket, _path: str) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<html>")


def speak_nonsense(connection: socket.socket, _path: str) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n" * 100)


def send_endless_headers(connection: socket.socket, _path: str) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(10_000):
        connection.sendall(b"X-Padding: " + b"x" * 10_000 + b"\r\n")


def send_damaged_gzip(connection: socket.socket, _path: str) -> None:
    body = zlib.compress(b"<html>" * 1_000, wbits=31)[:-20]
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)
