"""Doors: channels: what is live where, and what they report daily."""

from fastapi import APIRouter

router = APIRouter(prefix="/catalog/v1", tags=["channels"])
