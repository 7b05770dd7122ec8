"""The HTTP service: an API for CMSs and widgets, and a dashboard for editors."""

from recsys.serve.api_keys import KeyFile, Right
from recsys.serve.app import CONFIG_VARIABLE, app_from_environment, create_app
from recsys.serve.state import ServeConfig

__all__ = [
    "CONFIG_VARIABLE",
    "KeyFile",
    "Right",
    "ServeConfig",
    "app_from_environment",
    "create_app",
]
