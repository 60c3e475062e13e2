"""Doors: supervision items (监管事项) and the behaviour data reported on them."""

from fastapi import APIRouter

router = APIRouter(prefix="/catalog/v1", tags=["supervision"])
