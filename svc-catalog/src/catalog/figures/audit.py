"""Figures: publishing rules, findings and the consistency audit."""

from chassis.indicators import Indicator

INDICATORS: tuple[Indicator, ...] = ()
