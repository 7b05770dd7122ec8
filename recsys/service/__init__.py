"""HTTP: what a CMS calls, and a page for people."""

from recsys.service.app import VARIABLE, Serving, app_from_environment, create_app, told_to_processes
from recsys.service.keys import KeyFile, Right

__all__ = [
    "VARIABLE",
    "KeyFile",
    "Right",
    "Serving",
    "app_from_environment",
    "create_app",
    "told_to_processes",
]
