"""Figures: halls, windows, kiosks, helpers and appointments."""

from chassis.indicators import Indicator

INDICATORS: tuple[Indicator, ...] = ()
