"""Saved documents -> pages: text captures, HTML and interchange records, one module each."""

from recsys.pages.interchange import Record, article_record, format_record, list_record
from recsys.pages.profiles import PROFILE_KEYS, ListRule, Profile, Profiles, read_profiles
from recsys.pages.reading import read, read_file, read_stream, suggest_profile
from recsys.pages.streams import MAX_BYTES
from recsys.pages.suggesting import Suggestion, format_profile
from recsys.pages.urls import canonical_url, site_of

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
