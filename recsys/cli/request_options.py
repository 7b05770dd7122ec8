"""The request of a command: its own options, then the rules it was given, then those of recsys.toml."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import typer

from recsys.cli.options import Session
from recsys.config.rule_settings import read_assignments
from recsys.errors import SettingsError
from recsys.request import Request

KOption = Annotated[
    int | None,
    typer.Option("-k", "--k", metavar="K", min=1, max=1000, help="How many, else 10; in a run 100."),
]
DialOption = Annotated[
    float | None,
    typer.Option(
        metavar="X", min=0, max=1, help="From 0 related to 1 popular; 0.5, the default, is what was learnt."
    ),
]
RuleOption = Annotated[
    list[str] | None,
    typer.Option(
        "--rule", metavar="NAME=VALUE", help="A rule for this question, named as in recsys.toml; repeatable."
    ),
]
RulesOption = Annotated[
    bool | None,
    typer.Option("--rules/--no-rules", help="Keep the editorial rules; a run keeps them only when asked to."),
]
ExplainOption = Annotated[
    bool, typer.Option("--explain", help="Say why, and show what each score is made of.")
]
OF_A_RUN = 100
"""Headlines of a run, where nothing else is said."""


@dataclass(frozen=True, slots=True)
class RequestOptions:
    """What the options of a command say about its request; None where one was not given."""

    k: int | None = None
    dial: float | None = None
    given: list[str] | None = None
    rules: bool | None = None
    explain: bool = False

    def request(self, session: Session, *, run: bool = False) -> Request:
        """The request for one question, or for those of a run: of that k and rules are asked for, or absent.

        A usage error for a rule that is unknown or has a value that it cannot have.
        """
        try:
            request, named = read_assignments(self.given or (), base=session.settings.request)
        except SettingsError as error:
            raise typer.BadParameter(str(error)) from None
        k = self.k or (OF_A_RUN if run and "k" not in named else request.k)
        kept = (not run) if self.rules is None else self.rules
        return replace(
            request,
            k=k,
            dial=request.dial if self.dial is None else self.dial,
            explain=self.explain,
            rules=request.rules if kept else False,
        )
