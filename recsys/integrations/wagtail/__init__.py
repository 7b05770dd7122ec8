"""Wagtail support: add `"recsys.integrations.wagtail"` to INSTALLED_APPS along with the Django app."""
