"""The typer application: global options, commands, and error handling."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from recsys import __version__
from recsys.cli import (
    batch_commands,
    check_commands,
    crawl_commands,
    evaluate_commands,
    ingest_commands,
    inspect_commands,
    recommend_commands,
    serve_commands,
    simulate_commands,
    train_commands,
)
from recsys.cli.console import Output
from recsys.cli.model_commands import models_app
from recsys.cli.options import Globals, JsonOption, ModelsOption, StoreOption
from recsys.errors import RecsysError


class CommandGroup(TyperGroup):
    """Commands whose errors become one line on stderr and exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; exit code 130 after Ctrl-C, as in shells."""
        try:
            return super().invoke(ctx)
        except RecsysError as error:
            Output().error(str(error))
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            Output().note("interrupted; what was acknowledged is on disk")
            raise typer.Exit(130) from None
        finally:
            sys.stdout.flush()  # raises if the reader is gone (`| head`), so that typer exits quietly


app = typer.Typer(
    cls=CommandGroup,
    name="recsys",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help and usage errors, the same in a pipe as on a terminal
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_show_locals=False,
)


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"recsys {__version__}")
        raise typer.Exit


@app.callback()
def start(
    ctx: typer.Context,
    *,
    store: StoreOption = None,
    models: ModelsOption = None,
    json: JsonOption = False,
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Recommend related headlines for news sites, trained on the lists a site already publishes.

    Results go to stdout, everything else to stderr. Exit codes: 0 success; 1 an error, or some input was
    skipped; 2 wrong usage.
    """
    ctx.obj = Globals(store, models, json)


app.command()(ingest_commands.read)
app.command()(ingest_commands.ingest)
app.command()(crawl_commands.init)
app.command()(crawl_commands.crawl)
app.command()(train_commands.train)
app.command()(recommend_commands.recommend)
app.command()(batch_commands.recommend_all)
app.command()(recommend_commands.popular)
app.command()(recommend_commands.explain)
app.command()(evaluate_commands.evaluate)
app.command()(evaluate_commands.compare)
app.command("lists")(inspect_commands.show_lists)
app.command("articles")(inspect_commands.show_articles)
app.command()(inspect_commands.status)
app.command()(inspect_commands.export)
app.command()(check_commands.check)
app.command()(simulate_commands.simulate)
app.add_typer(models_app, name="models")
app.command()(serve_commands.serve)
app.add_typer(serve_commands.keys_app, name="keys")


def main() -> None:
    """Run the command line."""
    app(prog_name="recsys")
