"""Figures: bundles (一件事)."""

from chassis.indicators import Indicator

INDICATORS: tuple[Indicator, ...] = ()
