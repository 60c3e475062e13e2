"""Doors: what was in force when, for figures at any past date."""

from fastapi import APIRouter

router = APIRouter(prefix="/catalog/v1", tags=["history"])
