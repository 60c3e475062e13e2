"""Figures: channels: what is live where, and what they report daily."""

from chassis.indicators import Indicator

INDICATORS: tuple[Indicator, ...] = ()
