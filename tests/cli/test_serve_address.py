"""`recsys serve` says in one line why it cannot listen at an address."""

from __future__ import annotations

import socket

import pytest

from tests.cli.conftest import Recsys


def test_a_port_in_use_is_named_with_the_way_out(recsys: Recsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = recsys("serve", "--port", port)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        f"error: cannot listen at 127.0.0.1:{port}: Address already in use;"
        " choose another --port (0 picks a free one)\n"
    )


@pytest.mark.parametrize("host", ["203.0.113.7", "no-such-host.invalid", "a b"])
def test_so_is_a_host_that_is_not_this_machine(recsys: Recsys, host: str):
    ran = recsys("serve", "--host", host)
    assert ran.code == 1
    assert ran.err.startswith(f"error: cannot listen at {host}:8750: ")
    assert ran.err.endswith("; check --host and --port\n")
    assert ran.err.count("\n") == 1
