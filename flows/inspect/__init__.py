"""Looks at an unknown file and writes a first mapping: guesses with confidence, and the questions left."""

from __future__ import annotations

from flows.inspect.inspection import Inspection, inspect_file
from flows.inspect.report import report
from flows.inspect.roles import Guess
from flows.inspect.write import write_mapping

__all__ = ["Guess", "Inspection", "inspect_file", "report", "write_mapping"]
