"""Doors: the list of proofs (证明), retained and cancelled."""

from fastapi import APIRouter

router = APIRouter(prefix="/catalog/v1", tags=["proofs"])
