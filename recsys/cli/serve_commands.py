"""`serve` and `keys`: the HTTP service and its API keys."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from errno import EADDRINUSE
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recsys.cli.console import Output, plural
from recsys.cli.options import JsonOption, ModelsOption, Session, StoreOption, open_session
from recsys.durations import parse_duration
from recsys.errors import SettingsError

if TYPE_CHECKING:  # it needs the extra `serve`
    from recsys.serve.api_keys import KeyFile

KEYS, OVERRIDES = "recsys-keys.json", "recsys-overrides.json"
"""Files next to the store: hashes of the keys, and the editors' pins and blocks."""

_UVICORN: dict[str, Any] = {
    "factory": True,
    "access_log": False,
    "log_level": "info",
    "server_header": False,
    "backlog": 512,
    "http": "recsys.serve.connections:LimitedProtocol",
    "ws": "none",
    "timeout_keep_alive": 15,
    "timeout_graceful_shutdown": 10,
}

keys_app = typer.Typer(no_args_is_help=True, help="Manage the API keys of the service.")


HostOption = Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")]
PortOption = Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="Port; 0 picks a free one.")]
WorkersOption = Annotated[int, typer.Option(metavar="N", min=1, max=64, help="Number of server processes.")]
OriginOption = Annotated[
    list[str] | None,
    typer.Option(metavar="URL", help="Allow requests from pages of this site (CORS); repeatable."),
]
RateOption = Annotated[
    float,
    typer.Option(
        metavar="N",
        min=0.1,
        help="Uncached requests per second and client; expensive ones count more.",
    ),
]
ProxyOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ADDRESS",
        help="Trust X-Forwarded-For from this address or network; repeatable.",
    ),
]
ClickWindowOption = Annotated[
    str, typer.Option(metavar="TIME", help="How long after an impression a click on it counts: 30m, 1h.")
]
RetrainOption = Annotated[
    str | None, typer.Option(metavar="TIME", help="Retrain at this interval, such as 6h or 1d.")
]


def serve(
    ctx: typer.Context,
    *,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8750,
    workers: WorkersOption = 1,
    origin: OriginOption = None,
    rate: RateOption = 500.0,
    trusted_proxy: ProxyOption = None,
    click_window: ClickWindowOption = "1h",
    retrain: RetrainOption = None,
    store: StoreOption = None,
    models: ModelsOption = None,
) -> None:
    """Serve recommendations over HTTP.

    docs/http.md describes the routes.
    """
    session = open_session(ctx, store=store, models=models)
    try:
        import uvicorn

        from recsys.serve import CONFIG_VARIABLE, ServeConfig
    except ModuleNotFoundError as error:
        raise SettingsError(f"serve needs {error.name}: pip install 'recsys-headlines[serve]'") from None
    session.open_store(create=True).close()  # report a store that cannot be opened before listening
    _check_address(host, port)
    folder, proxies = _folder(session), read_proxies(trusted_proxy or ())
    serving = ServeConfig(
        store=session.settings.store,
        models=str(session.settings.models),
        keys=str(folder / KEYS),
        overrides=str(folder / OVERRIDES),
        origins=tuple(origin or ()),
        query_rate=rate,
        click_minutes=_seconds("click-window", click_window) / 60,
        is_multiprocess=workers > 1,
    )
    os.environ[CONFIG_VARIABLE] = serving.to_json()
    with _shared_metrics(workers > 1), _retraining(session, retrain):
        uvicorn.run(
            "recsys.serve:app_from_environment",
            host=host,
            port=port,
            workers=workers,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=proxies,
            **_UVICORN,
        )


def _check_address(host: str, port: int) -> None:
    """SettingsError if the service cannot listen at an address; the server's own message takes six lines."""
    try:
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        errors = [error for place in places if (error := _try_to_listen(place)) is not None]
    except OSError as error:  # the name of the host is unknown
        places, errors = [], [error]
    taken = [error for error in errors if error.errno == EADDRINUSE]
    if taken or len(errors) >= max(len(places), 1):
        worst = [*taken, *errors][0]
        hint = "choose another --port (0 picks a free one)" if taken else "check --host and --port"
        raise SettingsError(f"cannot listen at {host}:{port}: {worst.strerror or worst}; {hint}")


def _try_to_listen(place: tuple[Any, ...]) -> OSError | None:
    """The error of listening at an address as `getaddrinfo` describes it; None if that works."""
    family, kind, protocol, _, address = place
    try:
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as error:
        return error
    return None


def read_proxies(texts: Iterable[str]) -> list[str]:
    """Normalised addresses and networks of proxies; a usage error for anything else."""
    proxies = []
    for text in texts:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise typer.BadParameter(
                f"expected an address or a network such as 127.0.0.1 or 172.16.0.0/12, found {text!r}",
                param_hint="--trusted-proxy",
            ) from None
        proxies.append(str(network.network_address) if network.num_addresses == 1 else str(network))
    return proxies


@keys_app.command("add")
def add_key(
    ctx: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the key, such as its client.")],
    right: Annotated[
        list[str] | None, typer.Option(metavar="RIGHT", help="write, edit or operate; default all.")
    ] = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Create a key and print it.

    Only its hash is stored: the key is not shown again.
    """
    from recsys.serve.api_keys import Right

    session = open_session(ctx, store=store, json=json)
    try:
        rights = [Right(each) for each in right or list(Right)]
    except ValueError:
        raise typer.BadParameter(f"expected {', '.join(Right)}", param_hint="--right") from None
    file = _open_keys(session)
    key = file.add(name, rights)
    if session.out.json:
        session.out.record({"name": name, "rights": [str(each) for each in rights], "key": key})
        return
    session.out.say(key)
    session.out.note(f"Key {name}: {', '.join(rights)}. It is not shown again.")


@keys_app.command("remove")
def remove_key(
    ctx: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the key, such as its client.")],
    store: StoreOption = None,
) -> None:
    """Revoke a key.

    A running service stops accepting it within a second.
    """
    session = open_session(ctx, store=store)
    _open_keys(session).remove(name)
    session.out.note(f"Key {name} is revoked.")


@keys_app.command("list")
def list_keys(ctx: typer.Context, *, store: StoreOption = None, json: JsonOption = False) -> None:
    """List the keys and their rights."""
    session = open_session(ctx, store=store, json=json)
    exists = (_folder(session) / KEYS).exists()  # opening would create the file
    keys = _open_keys(session).ring().keys if exists else ()
    for key in keys:
        rights = sorted(map(str, key.rights))
        if session.out.json:
            session.out.record({"name": key.name, "rights": rights})
        else:
            session.out.say(f"{key.name}: {', '.join(rights)}")
    if not session.out.json:
        session.out.note(f"{plural(len(keys), 'key')}.")


def _open_keys(session: Session) -> KeyFile:
    """The key file, with a warning if it is damaged and a change would lose keys."""
    from recsys.serve.api_keys import KeyFile

    path = _folder(session) / KEYS
    file = KeyFile(path)
    if path.exists():
        file.ring()
    if file.problem is not None:
        session.out.warning(
            f"{file.problem}. Changing the keys saves the damaged file as {KEYS}.damaged-1, -2, ..."
        )
    return file


def _folder(session: Session) -> Path:
    """The folder of the store, for keys and overrides; the working directory for a database server."""
    store = session.settings.store
    return Path() if "://" in store and not store.startswith("sqlite") else Path(store).parent


def _seconds(option: str, text: str) -> float:
    duration = parse_duration(text)
    if duration is None:
        raise typer.BadParameter(
            f"expected a time such as 30m, 6h or 1d, found {text!r}", param_hint=f"--{option}"
        )
    return duration.total_seconds()


@contextmanager
def _shared_metrics(together: bool) -> Iterator[None]:
    """A folder in which the server processes add up their metrics."""
    if not together:
        yield
        return
    folder = tempfile.mkdtemp(prefix="recsys-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _retraining(session: Session, every: str | None) -> Iterator[None]:
    """Retrain at an interval, in a process of its own so that serving is not affected."""
    if every is None:
        yield
        return
    seconds, ended = _seconds("retrain", every), threading.Event()

    def train() -> None:
        while not ended.wait(seconds):
            retrain_once(session, Output())

    thread = threading.Thread(target=train, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()


def retrain_once(session: Session, out: Output) -> None:
    """Train once in a separate process; the new model is used only if it is not worse."""
    places = ["--store", session.settings.store, "--models", str(session.settings.models)]
    command = [sys.executable, "-m", "recsys", *places, "train", "--if-better"]
    process = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our command
    if process.returncode != 0:
        reason = (process.stderr.strip().splitlines() or ["no reason given"])[-1]
        out.note(f"retraining made no new model: {reason}")
