"""Doors: publishing rules, findings and the consistency audit."""

from fastapi import APIRouter

router = APIRouter(prefix="/catalog/v1", tags=["audit"])
