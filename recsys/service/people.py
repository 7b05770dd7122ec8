"""The page for people."""

from fastapi import APIRouter

router = APIRouter()
