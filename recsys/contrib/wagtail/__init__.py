"""Wagtail on top of the Django app: `"recsys.contrib.wagtail"` in INSTALLED_APPS beside the other."""
