"""Figures: the list of proofs (证明), retained and cancelled."""

from chassis.indicators import Indicator

INDICATORS: tuple[Indicator, ...] = ()
