"""Figures: policies for enterprises (惠企政策)."""

from chassis.indicators import Indicator

INDICATORS: tuple[Indicator, ...] = ()
