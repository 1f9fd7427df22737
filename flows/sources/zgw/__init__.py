"""The ZGW APIs as a source: read politely, kept minimised in a copy of our own, told as events and cases."""

from flows.sources.zgw.reader import read_zgw

__all__ = ["read_zgw"]
