"""Articles, lists and impressions on disk: the only SQL of the project."""

from recsys.store.database import store_may_exist
from recsys.store.export import export_lines
from recsys.store.impressions import Click, ClickedImpression, Event, Impression, ImpressionSummary
from recsys.store.records import Counts, SeenHeadline, StoreCounts, StoredArticle, StoredList
from recsys.store.store import Store
from recsys.store.unreadable_rows import Fault

__all__ = [
    "Click",
    "ClickedImpression",
    "Counts",
    "Event",
    "Fault",
    "Impression",
    "ImpressionSummary",
    "SeenHeadline",
    "Store",
    "StoreCounts",
    "StoredArticle",
    "StoredList",
    "export_lines",
    "store_may_exist",
]
