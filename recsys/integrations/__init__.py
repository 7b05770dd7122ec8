"""Recommendations inside other people's frameworks: Django, Wagtail."""
