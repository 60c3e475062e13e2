"""Doors: basic items (基本目录): what every implementation of an item has in common."""

from fastapi import APIRouter

router = APIRouter(prefix="/catalog/v1", tags=["standards"])
