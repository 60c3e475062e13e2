"""Doors: policies for enterprises (惠企政策)."""

from fastapi import APIRouter

router = APIRouter(prefix="/catalog/v1", tags=["enterprise-policies"])
