"""Doors: bundles (一件事)."""

from fastapi import APIRouter

router = APIRouter(prefix="/catalog/v1", tags=["bundles"])
