"""Figures: powers and responsibilities (权责清单) and their adjustment."""

from chassis.indicators import Indicator

INDICATORS: tuple[Indicator, ...] = ()
