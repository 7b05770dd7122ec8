"""HTTP: what a CMS calls, and a page for people."""

from recsys.serve.api_keys import KeyFile, Right
from recsys.serve.app import VARIABLE, ServeConfig, app_from_environment, create_app, told_to_processes

__all__ = [
    "VARIABLE",
    "KeyFile",
    "Right",
    "ServeConfig",
    "app_from_environment",
    "create_app",
    "told_to_processes",
]
