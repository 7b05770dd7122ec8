"""Articles, lists and events on disk: the only SQL of the project."""

from recsys.store.impressions import Impression, ViewClick, ViewEvent
from recsys.store.records import Counts, SeenHeadline, StoreCounts, StoredArticle, StoredList
from recsys.store.store import Store
from recsys.store.unreadable_rows import Fault

__all__ = [
    "Counts",
    "Fault",
    "Impression",
    "SeenHeadline",
    "Store",
    "StoreCounts",
    "StoredArticle",
    "StoredList",
    "ViewClick",
    "ViewEvent",
]
