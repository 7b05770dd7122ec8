"""Wagtail on top of the Django app: `"recsys.integrations.wagtail"` in INSTALLED_APPS beside the other."""
