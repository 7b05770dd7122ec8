"""What goes over the wire, in both directions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Discriminator,
    FailFast,
    Field,
    Tag,
    model_validator,
)

from recsys.serve import openapi_examples
from recsys.text import one_line, without_controls

MOST_TEXT, MOST_NAME = 2_000, 2_000
MOST_BODY = 2_000_000
MOST_BATCH = 500
MOST_UNKNOWN = 20
"""Unknown fields of one object that are told one by one."""


def _check_text(text: str) -> str:
    if "\0" in text:
        raise ValueError("expected text without NUL characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("expected characters that UTF-8 can write") from None
    return text


def _check_line(text: str) -> str:
    line = one_line(text)
    if not line:
        raise ValueError("expected text, found white space alone")
    return line


Text = Annotated[str, AfterValidator(_check_text)]
"""What every database can keep, and what can be sent."""
Url = Annotated[Text, Field(min_length=1, max_length=MOST_NAME, examples=["https://example.org/news/storm"])]
Name = Annotated[Text, Field(min_length=1, max_length=MOST_TEXT), AfterValidator(_check_line)]
"""A line to be shown, with single spaces and no control characters."""


class Wire(BaseModel):
    """Closed: an unknown field is refused, it was meant to say something."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _check_fields(cls, given: object) -> object:
        """Refuse very many fields at once: each unknown one would become an error of its own."""
        most = len(cls.model_fields) + MOST_UNKNOWN
        if isinstance(given, dict) and len(given) > most:
            raise ValueError(f"expected at most {len(cls.model_fields)} fields, found {len(given):,}")
        return given


class Item(Wire):
    """A headline to show."""

    rank: int
    id: str = Field(description="16 hexadecimal digits, made from the address", examples=["5e0d1b24aa83c7f1"])
    url: str
    headline: str
    image: str | None = None
    section: str | None = None
    published_at: datetime | None = None
    first_seen_at: datetime
    score: float
    reasons: list[str] = Field(
        default_factory=list, description="with explain=true: what drives it, in words"
    )


class RecommendationsOut(Wire):
    """A list of headlines."""

    model_config = ConfigDict(json_schema_extra=openapi_examples.showing(openapi_examples.ANSWER))

    items: list[Item]
    model: str = Field(description="the model in use; `prior` is what ships")
    as_of: datetime
    fallback: Literal["popular"] | None = Field(
        default=None, description="`popular` when the article is not known and that was asked for"
    )
    token: str | None = Field(default=None, description="signed; sent back with events")


class BatchAnswer(Wire):
    """Answers by the address that was asked for; null for one that nobody knows."""

    model_config = ConfigDict(json_schema_extra=openapi_examples.showing(openapi_examples.BATCH))

    answers: dict[str, RecommendationsOut | None]


class ArticleIn(Wire):
    """A story as the CMS has it. `url` is its canonical address."""

    url: Url
    headline: Name | None = None
    body: Annotated[Text, Field(max_length=MOST_BODY), AfterValidator(without_controls)] | None = None
    site: Name | None = Field(default=None, description="the host of the address if it is not given")
    published_at: AwareDatetime | None = None
    first_seen_at: AwareDatetime | None = Field(
        default=None,
        description="now if it is not given; an earlier time brings back nothing that was withdrawn",
    )
    section: Name | None = None
    tags: Annotated[list[Name], FailFast(), Field(max_length=100)] = Field(default_factory=list)
    language: Annotated[Text, Field(min_length=1, max_length=35)] | None = None
    image: Url | None = None


class ArticlesIn(Wire):
    """Several stories."""

    articles: Annotated[list[ArticleIn], FailFast(), Field(min_length=1, max_length=MOST_BATCH)]


class ItemIn(Wire):
    """One headline of a list."""

    headline: Annotated[Text, Field(max_length=MOST_TEXT), AfterValidator(one_line)] = ""
    url: Url | None = None
    position: Annotated[int, Field(ge=1, le=10_000)] | None = None


class ListIn(Wire):
    """A list as it stood at a moment: what readers read, what editors put together."""

    kind: Literal["popular", "related", "inline", "latest", "front_page", "recommended"]
    site: Name
    items: Annotated[list[ItemIn], FailFast(), Field(min_length=1, max_length=1_000)]
    observed_at: AwareDatetime | None = Field(default=None, description="now if it is not given")
    title: Name | None = None
    scope: Name | None = None
    page_url: Url | None = None


class ListsIn(Wire):
    """Several lists."""

    lists: Annotated[list[ListIn], FailFast(), Field(min_length=1, max_length=MOST_BATCH)]


def _is_several(told: object) -> str:
    """By its name a body is one thing or several: what is wrong in it is said of that alone."""
    if isinstance(told, dict):
        return "several" if "articles" in told or "lists" in told else "one"
    return "several" if isinstance(told, ArticlesIn | ListsIn) else "one"


TAGS = frozenset({"one", "several"})
Articles = Annotated[
    Annotated[ArticlesIn, Tag("several")] | Annotated[ArticleIn, Tag("one")], Discriminator(_is_several)
]
Lists = Annotated[
    Annotated[ListsIn, Tag("several")] | Annotated[ListIn, Tag("one")], Discriminator(_is_several)
]


class Event(Wire):
    """What happened to one view of a list. `view` is a random number that the widget made for it."""

    kind: Literal["shown", "clicked"]
    token: Annotated[str, Field(min_length=1, max_length=60_000)]
    view: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    position: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None, description="of what was clicked, from 1"
    )

    @model_validator(mode="after")
    def _check_click(self) -> Event:
        if self.kind == "clicked" and self.position is None:
            raise ValueError("expected the position of what was clicked, from 1")
        return self


class EventsIn(Wire):
    """What a page reports at once."""

    events: Annotated[list[Event], FailFast(), Field(min_length=1, max_length=50)]


class Written(Wire):
    """What a write did; all of it is on disk."""

    model_config = ConfigDict(json_schema_extra=openapi_examples.showing(openapi_examples.WRITTEN))

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    lists_new: int = 0
    lists_known: int = 0


class Counted(Wire):
    """Events that were taken; those known already or of no view are not counted again."""

    model_config = ConfigDict(json_schema_extra=openapi_examples.showing(openapi_examples.COUNTED))

    counted: int
    ignored: int


class Withdrawn(Wire):
    """An article that is gone from every list."""

    model_config = ConfigDict(json_schema_extra=openapi_examples.showing(openapi_examples.WITHDRAWN))

    url: str


class Model(Wire):
    """The model in use."""

    model_config = ConfigDict(json_schema_extra=openapi_examples.showing(openapi_examples.MODEL))

    model: str
    trained_until: str | None = None


class Health(Wire):
    """Whether the service runs, and what it answers from."""

    model_config = ConfigDict(json_schema_extra=openapi_examples.showing(openapi_examples.HEALTH))

    status: Literal["ok"]
    articles: int | None = None
    model: str | None = None
    degraded: list[str] = Field(
        default_factory=list, description="what is damaged and answered without: model, overrides, keys"
    )


class Trouble(Wire):
    """What was wrong, in a line; `field` names what it was about."""

    code: str
    message: str
    field: str | None = None


class Problem(Wire):
    """Every answer that is no success."""

    model_config = ConfigDict(json_schema_extra=openapi_examples.showing(openapi_examples.PROBLEM))

    error: Trouble


K = Annotated[int, Field(ge=1, le=100, description="headlines, at most", examples=[5])]
Window = Annotated[
    str, Field(pattern=r"^([0-9]{1,5}[dhm]|all)$", description="how far back: 90d, 12h, 30m, all")
]
Urls = Annotated[list[Url], Field(max_length=100, description="addresses to leave out")]
Sections = Annotated[list[Name], Field(max_length=20, description="only these sections")]


class Params(Wire):
    """What a question may bring with it; what is not given is as the newsroom set it."""

    k: K | None = None
    window: Window | None = None
    exclude: Urls = Field(default_factory=list)
    section: Sections = Field(default_factory=list)
    explain: bool = Field(default=False, description="whether reasons are given in words")


class PopularParams(Params):
    """Of what is popular."""

    scope: Name | None = Field(default=None, description="only what lists of this scope showed")


class BesideParams(Params):
    """Beside an article."""

    dial: Annotated[float, Field(ge=0, le=1, description="from 0, related, to 1, popular")] | None = None


class RelatedParams(BesideParams):
    """Beside one stored article."""

    url: Url | None = Field(default=None, description="the article being read")
    id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")] | None = Field(
        default=None, description="its id, instead of url"
    )
    fallback: Literal["popular"] | None = Field(
        default=None, description="what to answer beside an article that nobody knows"
    )


class BatchParams(BesideParams):
    """Beside several."""

    url: Annotated[list[Url], Field(min_length=1, max_length=50, description="the articles being read")]


class Question(BesideParams):
    """An article that need not be stored, and what is asked for beside it."""

    article: ArticleIn
