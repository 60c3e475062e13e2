"""Doors: powers and responsibilities (权责清单) and their adjustment."""

from fastapi import APIRouter

router = APIRouter(prefix="/catalog/v1", tags=["powers"])
