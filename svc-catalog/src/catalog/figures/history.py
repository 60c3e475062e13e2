"""Figures: what was in force when, for figures at any past date."""

from chassis.indicators import Indicator

INDICATORS: tuple[Indicator, ...] = ()
