"""Articles, lists and events on disk: the only SQL of the project."""

from recsys.store.agenda import Agenda
from recsys.store.agenda_patterns import Pattern
from recsys.store.agenda_rows import Address, Host, Named, Priority, Role
from recsys.store.faults import Fault
from recsys.store.records import Counts, SeenHeadline, StoreCounts, StoredArticle, StoredList
from recsys.store.store import Store
from recsys.store.views import View, ViewClick, ViewEvent

__all__ = [
    "Address",
    "Agenda",
    "Counts",
    "Fault",
    "Host",
    "Named",
    "Pattern",
    "Priority",
    "Role",
    "SeenHeadline",
    "Store",
    "StoreCounts",
    "StoredArticle",
    "StoredList",
    "View",
    "ViewClick",
    "ViewEvent",
]
