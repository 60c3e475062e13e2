"""Figures: supervision items (监管事项) and the behaviour data reported on them."""

from chassis.indicators import Indicator

INDICATORS: tuple[Indicator, ...] = ()
