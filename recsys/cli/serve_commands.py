"""`recsys serve` and `recsys keys`: the HTTP service, and who may write to it."""

from __future__ import annotations

import ipaddress
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recsys.cli.console import Output, plural
from recsys.cli.options import JsonOption, ModelsOption, Session, StoreOption, open_session
from recsys.durations import parse_duration
from recsys.errors import SettingsError

if TYPE_CHECKING:  # it needs the extra `serve`
    from recsys.serve.api_keys import KeyFile

KEYS, DESK = "recsys-keys.json", "recsys-desk.json"
"""Files beside the store: the keys as hashes, and what editors pinned and blocked."""

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

keys_app = typer.Typer(no_args_is_help=True, help="Who may write to the service.", rich_markup_mode=None)


HostOption = Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen.")]
PortOption = Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="The port; 0 takes a free one.")]
WorkersOption = Annotated[int, typer.Option(metavar="N", min=1, max=64, help="Processes that answer.")]
OriginOption = Annotated[
    list[str] | None, typer.Option(metavar="URL", help="A site whose pages may ask from the browser.")
]
RateOption = Annotated[
    float,
    typer.Option(
        metavar="NUMBER",
        min=0.1,
        help="Questions a second of one client that no cache answers; dear ones count for more.",
    ),
]
ProxyOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ADDRESS",
        help="A reverse proxy whose X-Forwarded-For is believed: an address or a network.",
    ),
]
ClickWindowOption = Annotated[
    str, typer.Option(metavar="TIME", help="How long after an impression a click on it counts: 30m, 1h.")
]
RetrainOption = Annotated[str | None, typer.Option(metavar="TIME", help="Train again so often: 6h, 1d.")]


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
    """Answer over HTTP: recommendations, and what a CMS tells. docs/http.md describes it."""
    session = open_session(ctx, store=store, models=models)
    try:
        import uvicorn

        from recsys.serve import CONFIG_VARIABLE, ServeConfig
    except ModuleNotFoundError as error:
        raise SettingsError(f"serve needs {error.name}: pip install 'recsys-headlines[serve]'") from None
    with session.open_store(create=True):
        pass  # a store that cannot be opened is said before anything listens
    folder, proxies = _beside(session), read_proxies(trusted_proxy or ())
    serving = ServeConfig(
        store=session.settings.store,
        models=str(session.settings.models),
        keys=str(folder / KEYS),
        overrides=str(folder / DESK),
        origins=tuple(origin or ()),
        query_rate=rate,
        click_minutes=_seconds("click-window", click_window) / 60,
        is_multiprocess=workers > 1,
    )
    os.environ[CONFIG_VARIABLE] = serving.to_json()
    with _counting_together(workers > 1), _training_beside(session, retrain):
        uvicorn.run(
            "recsys.serve:app_from_environment",
            host=host,
            port=port,
            workers=workers,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=proxies,
            **_UVICORN,
        )


def read_proxies(given: Iterable[str]) -> list[str]:
    """Addresses and networks of proxies in their usual spelling; BadParameter for what is neither."""
    found = []
    for text in given:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise typer.BadParameter(
                f"expected an address or a network such as 127.0.0.1 or 172.16.0.0/12, found {text!r}",
                param_hint="--trusted-proxy",
            ) from None
        found.append(str(network.network_address) if network.num_addresses == 1 else str(network))
    return found


@keys_app.command("add")
def add_key(
    ctx: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is.")],
    right: Annotated[
        list[str] | None, typer.Option(metavar="RIGHT", help="write, edit or operate; all if none is given.")
    ] = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Make a key and print it. It is kept as a hash alone, so it is told this once."""
    from recsys.serve.api_keys import Right

    session = open_session(ctx, store=store, json=json)
    try:
        rights = [Right(each) for each in right or list(Right)]
    except ValueError:
        raise typer.BadParameter(f"expected {', '.join(Right)}", param_hint="--right") from None
    file = _open_keys(session)
    given = file.add(name, rights)
    if session.out.json:
        session.out.record({"name": name, "rights": [str(each) for each in rights], "key": given})
        return
    session.out.say(given)
    session.out.note(f"The key of {name}: {', '.join(rights)}. It is not shown again.")


@keys_app.command("remove")
def remove_key(
    ctx: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is.")],
    store: StoreOption = None,
) -> None:
    """Take a key away; a running service knows within a moment."""
    session = open_session(ctx, store=store)
    _open_keys(session).remove(name)
    session.out.note(f"The key of {name} opens nothing any more.")


@keys_app.command("list")
def list_keys(ctx: typer.Context, *, store: StoreOption = None, json: JsonOption = False) -> None:
    """Show the names of the keys and what they may."""
    session = open_session(ctx, store=store, json=json)
    keys = (
        _open_keys(session).ring().keys if (_beside(session) / KEYS).exists() else ()
    )  # to look makes nothing
    for key in keys:
        rights = sorted(map(str, key.rights))
        if session.out.json:
            session.out.record({"name": key.name, "rights": rights})
        else:
            session.out.say(f"{key.name}: {', '.join(rights)}")
    if not session.out.json:
        session.out.note(f"{plural(len(keys), 'key')}.")


def _open_keys(session: Session) -> KeyFile:
    """The file of keys, with a warning where it is damaged: whoever changes it should know what is lost."""
    from recsys.serve.api_keys import KeyFile

    path = _beside(session) / KEYS
    file = KeyFile(path)
    if path.exists():
        file.ring()
    if file.problem is not None:
        session.out.warning(
            f"{file.problem}. A change of the keys keeps it beside as {KEYS}.damaged-1, -2, ..."
        )
    return file


def _beside(session: Session) -> Path:
    """The folder of the store, where keys and decisions lie; the working directory for a database server."""
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
def _counting_together(together: bool) -> Iterator[None]:
    """A folder in which the processes add up what they count."""
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
def _training_beside(session: Session, every: str | None) -> Iterator[None]:
    """Train so often, in a process of its own that cannot hurt those that answer."""
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
    """One training in a process of its own; what is worse than the model in use does not take its place."""
    places = ["--store", session.settings.store, "--models", str(session.settings.models)]
    command = [sys.executable, "-m", "recsys", *places, "train", "--if-better"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["no reason was given"])[-1]
        out.note(f"the training did not make a new model: {said}")
