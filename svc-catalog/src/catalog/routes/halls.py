"""Doors: halls, windows, kiosks, helpers and appointments."""

from fastapi import APIRouter

router = APIRouter(prefix="/catalog/v1", tags=["halls"])
