"""The schemas of requests and responses."""

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
"""Unknown fields of one object that are reported individually."""


def _check_text(text: str) -> str:
    if "\0" in text:
        raise ValueError("expected text without NUL characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("expected characters that can be encoded in UTF-8") from None
    return text


def _check_line(text: str) -> str:
    line = one_line(text)
    if not line:
        raise ValueError("expected text, found only white space")
    return line


Text = Annotated[str, AfterValidator(_check_text)]
"""Text that every database can store and UTF-8 can encode."""
Url = Annotated[Text, Field(min_length=1, max_length=MOST_NAME, examples=["https://example.org/news/storm"])]
Name = Annotated[Text, Field(min_length=1, max_length=MOST_TEXT), AfterValidator(_check_line)]
"""One line of text for display, with single spaces and no control characters."""


class Wire(BaseModel):
    """The base of all schemas. Unknown fields are refused: they are most likely misspelt."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _check_fields(cls, data: object) -> object:
        """Refuse objects with very many fields: each unknown one would become an error of its own."""
        most = len(cls.model_fields) + MOST_UNKNOWN
        if isinstance(data, dict) and len(data) > most:
            raise ValueError(f"expected at most {len(cls.model_fields)} fields, found {len(data):,}")
        return data


class Item(Wire):
    """A recommended headline."""

    rank: int
    id: str = Field(description="16 hexadecimal digits, a hash of the URL", examples=["5e0d1b24aa83c7f1"])
    url: str
    headline: str
    image: str | None = None
    section: str | None = None
    published_at: datetime | None = None
    first_seen_at: datetime
    score: float
    reasons: list[str] = Field(default_factory=list, description="why it is recommended, with explain=true")
    fill: Literal["popular", "latest"] | None = Field(
        default=None, description="what fills a place for which no related story is left; null if related"
    )


class RecommendationsOut(Wire):
    """Recommended headlines."""

    model_config = ConfigDict(json_schema_extra=openapi_examples.example(openapi_examples.ANSWER))

    items: list[Item]
    model: str = Field(description="name of the model; `pretrained` is the one that is part of the package")
    as_of: datetime
    fallback: Literal["popular"] | None = Field(
        default=None, description="`popular` if the article is unknown and the fallback was requested"
    )
    token: str | None = Field(default=None, description="send it back with events about this list")


class BatchAnswer(Wire):
    """Answers by requested URL; null for an unknown article."""

    model_config = ConfigDict(json_schema_extra=openapi_examples.example(openapi_examples.BATCH))

    answers: dict[str, RecommendationsOut | None]


class ArticleIn(Wire):
    """An article as the CMS has it. `url` is its canonical URL."""

    url: Url
    headline: Name | None = None
    body: Annotated[Text, Field(max_length=MOST_BODY), AfterValidator(without_controls)] | None = None
    site: Name | None = Field(default=None, description="defaults to the host of the URL")
    published_at: AwareDatetime | None = None
    first_seen_at: AwareDatetime | None = Field(
        default=None,
        description="defaults to now; a time before a withdrawal does not bring the article back",
    )
    section: Name | None = None
    tags: Annotated[list[Name], FailFast(), Field(max_length=100)] = Field(default_factory=list)
    language: Annotated[Text, Field(min_length=1, max_length=35)] | None = None
    image: Url | None = None


class ArticlesIn(Wire):
    """Several articles."""

    articles: Annotated[list[ArticleIn], FailFast(), Field(min_length=1, max_length=MOST_BATCH)]


class ItemIn(Wire):
    """One headline of a list."""

    headline: Annotated[Text, Field(max_length=MOST_TEXT), AfterValidator(one_line)] = ""
    url: Url | None = None
    position: Annotated[int, Field(ge=1, le=10_000)] | None = None


class ListIn(Wire):
    """A list as observed at a moment, such as a most-read list or related stories chosen by editors."""

    kind: Literal["popular", "related", "inline", "latest", "front_page", "recommended"]
    site: Name
    items: Annotated[list[ItemIn], FailFast(), Field(min_length=1, max_length=1_000)]
    observed_at: AwareDatetime | None = Field(default=None, description="defaults to now")
    title: Name | None = None
    scope: Name | None = None
    page_url: Url | None = None


class ListsIn(Wire):
    """Several lists."""

    lists: Annotated[list[ListIn], FailFast(), Field(min_length=1, max_length=MOST_BATCH)]


def _body_tag(body: object) -> str:
    """Tell one record from several by the field name, so that errors are reported for one schema only."""
    if isinstance(body, dict):
        return "several" if "articles" in body or "lists" in body else "one"
    return "several" if isinstance(body, ArticlesIn | ListsIn) else "one"


TAGS = frozenset({"one", "several"})
Articles = Annotated[
    Annotated[ArticlesIn, Tag("several")] | Annotated[ArticleIn, Tag("one")], Discriminator(_body_tag)
]
Lists = Annotated[
    Annotated[ListsIn, Tag("several")] | Annotated[ListIn, Tag("one")], Discriminator(_body_tag)
]


class Event(Wire):
    """An event of one view of a list. `view` is a random id that the widget generates for it."""

    kind: Literal["shown", "clicked"]
    token: Annotated[str, Field(min_length=1, max_length=60_000)]
    view: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    position: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None, description="of the clicked headline, from 1; required for clicks"
    )

    @model_validator(mode="after")
    def _check_click(self) -> Event:
        if self.kind == "clicked" and self.position is None:
            raise ValueError("expected the position of the clicked headline, from 1")
        return self


class EventsIn(Wire):
    """Events in one report."""

    events: Annotated[list[Event], FailFast(), Field(min_length=1, max_length=50)]


class Written(Wire):
    """The result of a write, after it is on disk."""

    model_config = ConfigDict(json_schema_extra=openapi_examples.example(openapi_examples.WRITTEN))

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    lists_new: int = 0
    lists_known: int = 0


class Counted(Wire):
    """How many events were counted; duplicates and events without a view are ignored."""

    model_config = ConfigDict(json_schema_extra=openapi_examples.example(openapi_examples.COUNTED))

    counted: int
    ignored: int


class Withdrawn(Wire):
    """A withdrawn article, which is in no list any more."""

    model_config = ConfigDict(json_schema_extra=openapi_examples.example(openapi_examples.WITHDRAWN))

    url: str


class Model(Wire):
    """The model in use."""

    model_config = ConfigDict(json_schema_extra=openapi_examples.example(openapi_examples.MODEL))

    model: str
    trained_until: str | None = None


class Health(Wire):
    """The health of the service and what it serves."""

    model_config = ConfigDict(json_schema_extra=openapi_examples.example(openapi_examples.HEALTH))

    status: Literal["ok"]
    articles: int | None = None
    model: str | None = None
    degraded: list[str] = Field(
        default_factory=list,
        description="damaged parts that the service runs without: model, overrides, keys",
    )


class ErrorDetail(Wire):
    """An error in one line; `field` is the path of the invalid field, if any."""

    code: str
    message: str
    field: str | None = None


class Problem(Wire):
    """An error response."""

    model_config = ConfigDict(json_schema_extra=openapi_examples.example(openapi_examples.PROBLEM))

    error: ErrorDetail


K = Annotated[int, Field(ge=1, le=100, description="maximum number of headlines", examples=[5])]
Window = Annotated[
    str,
    Field(pattern=r"^([0-9]{1,5}[dhm]|all)$", description="maximum age of stories: 90d, 12h, 30m, all"),
]
Urls = Annotated[list[Url], Field(max_length=100, description="URLs to exclude")]
Sections = Annotated[list[Name], Field(max_length=20, description="only these sections")]


class Params(Wire):
    """Query parameters; the defaults are the configured values."""

    k: K | None = None
    window: Window | None = None
    exclude: Urls = Field(default_factory=list)
    section: Sections = Field(default_factory=list)
    explain: bool = Field(default=False, description="whether to give reasons")


class PopularParams(Params):
    """Parameters of popular stories."""

    scope: Name | None = Field(default=None, description="only stories from lists with this scope")


class DialParams(Params):
    """Parameters of recommendations for an article."""

    dial: Annotated[float, Field(ge=0, le=1, description="from 0 (related) to 1 (popular)")] | None = None
    fill: Literal["popular", "latest", "none"] | None = Field(
        default=None, description="stories for the places for which no related story is left"
    )


class RelatedParams(DialParams):
    """Parameters of recommendations for one stored article."""

    url: Url | None = Field(default=None, description="the article being read")
    id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")] | None = Field(
        default=None, description="the id of the article, instead of url"
    )
    fallback: Literal["popular"] | None = Field(
        default=None, description="what to return for an unknown article"
    )


class BatchParams(DialParams):
    """Parameters of recommendations for several articles."""

    url: Annotated[list[Url], Field(min_length=1, max_length=50, description="the articles being read")]


class DraftQuery(DialParams):
    """An article that need not be stored, and the parameters of its recommendations."""

    article: ArticleIn
