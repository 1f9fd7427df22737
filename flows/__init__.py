"""Bring it in and hand it over: the shell around mappings and mining."""

from flows import analytics

__all__ = ["analytics"]
