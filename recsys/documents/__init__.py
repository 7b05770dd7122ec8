"""Reads documents (pages, feeds, archives, exports, interchange records) into `Page` objects."""

from recsys.documents.formats.jsonl import Record, article_record, format_record, list_record
from recsys.documents.lists.list_selectors import PROFILE_KEYS, ListRule, Profile, Profiles, read_profiles
from recsys.documents.lists.suggest_selectors import Suggestion, format_profile
from recsys.documents.registry import read, read_file, read_stream, suggest_profile
from recsys.documents.streams import MAX_BYTES
from recsys.documents.urls import canonical_url, site_of

__all__ = [
    "MAX_BYTES",
    "PROFILE_KEYS",
    "ListRule",
    "Profile",
    "Profiles",
    "Record",
    "Suggestion",
    "article_record",
    "canonical_url",
    "format_profile",
    "format_record",
    "list_record",
    "read",
    "read_file",
    "read_profiles",
    "read_stream",
    "site_of",
    "suggest_profile",
]
