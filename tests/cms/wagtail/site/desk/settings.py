"""A newsroom on Wagtail, and beside it a desk on Django alone; where things lie says the environment."""

import json
import os
from pathlib import Path

FOLDER = Path(os.environ.get("NEWSDESK_FOLDER", "."))
ADDRESS = os.environ.get("NEWSDESK_ADDRESS", "http://127.0.0.1:8000")
WITH_WAGTAIL = os.environ.get("NEWSDESK_KIND", "wagtail") == "wagtail"

SECRET_KEY = "a test's own"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
TIME_ZONE = "Europe/Berlin"
LANGUAGE_CODE = "en"
ROOT_URLCONF = "desk.urls"
STATIC_URL = "/static/"
MEDIA_ROOT = FOLDER / "media"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": FOLDER / "site.db",
        "OPTIONS": {
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
            "transaction_mode": "IMMEDIATE",
        },
    }
}
DJANGO = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
WAGTAIL = [
    "news",
    "recsys.integrations.wagtail",
    "wagtail.users",
    "wagtail.images",
    "wagtail.documents",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "taggit",
    "modelcluster",
]
INSTALLED_APPS = ["recsys.integrations.django", *DJANGO, *(WAGTAIL if WITH_WAGTAIL else ["plain"])]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
WAGTAIL_SITE_NAME = "Brackwater News"
WAGTAILADMIN_BASE_URL = ADDRESS
WAGTAIL_ENABLE_UPDATE_CHECK = False

RECSYS = {
    "SITE_URL": ADDRESS,
    "STORE": FOLDER / "recsys.db",
    "MODELS": FOLDER / "models",
    "RULES": {"k": 5, "minimum_relatedness": float("-inf")},  # the stories of a beat are all a test needs
    **({} if WITH_WAGTAIL else {"ARTICLES": {"plain.Story": "plain.recommending.StoryAdapter"}}),
    **json.loads(os.environ.get("NEWSDESK_RECSYS", "{}")),
}
