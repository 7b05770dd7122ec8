"""Recommends related headlines for news sites, and learns from the lists that a site already publishes."""

__version__ = "0.1.0"
