"""Saved documents -> pages: text captures, HTML and interchange records, one module each."""

from recsys.pages.interchange import Record, article_record, format_record, list_record
from recsys.pages.reading import read, read_file, read_stream
from recsys.pages.streams import MAX_BYTES
from recsys.pages.urls import canonical_url, site_of

__all__ = [
    "MAX_BYTES",
    "Record",
    "article_record",
    "canonical_url",
    "format_record",
    "list_record",
    "read",
    "read_file",
    "read_stream",
    "site_of",
]
