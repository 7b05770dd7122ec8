"""Articles, lists and events on disk: the only SQL of the project."""

from recsys.store.records import Counts, SeenHeadline, StoreCounts, StoredArticle, StoredList
from recsys.store.store import Store
from recsys.store.views import View

__all__ = ["Counts", "SeenHeadline", "Store", "StoreCounts", "StoredArticle", "StoredList", "View"]
