"""The one family of errors that a user can cause and mend: where, what, and what to do.

The CLI prints them without a traceback and ends with their exit code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a mapping folder. `where` is file:line; only an error stops a run."""

    where: str
    what: str
    remedy: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f"; {self.remedy}" if self.remedy else "")


class ZaakstroomError(Exception):
    """Something that a user can mend. `where` names file, line or record; `remedy` says what to do."""

    exit_code = 1

    def __init__(self, where: str, what: str, remedy: str = "") -> None:
        """Keep the three parts apart, so that the CLI can lay them out."""
        self.where = where
        self.what = what
        self.remedy = remedy
        super().__init__(f"{where}: {what}" + (f"; {remedy}" if remedy else ""))


class MappingError(ZaakstroomError):
    """A mapping folder says something that is wrong; one error may list several problems."""

    exit_code = 2

    def __init__(self, where: str, what: str = "", remedy: str = "", problems: Sequence[Problem] = ()) -> None:
        """With `problems`, the error lists them all; without, it is itself the one problem."""
        if problems and not what:
            what = problem_list(problems)
        super().__init__(where, what, remedy)
        self.problems = tuple(problems) or (Problem(where, what, remedy),)


def problem_list(problems: Sequence[Problem]) -> str:
    """Return the problems as text, one a line under their number."""
    number = f"{len(problems)} problems" if len(problems) != 1 else "1 problem"
    return "\n".join([number, *(f"  {problem}" for problem in problems)])


class SourceError(ZaakstroomError):
    """A source cannot be read as the mapping says."""

    exit_code = 3


class QualityStop(ZaakstroomError):  # noqa: N818
    """The quality gate says stop: nothing is published."""

    exit_code = 4


class StoreError(ZaakstroomError):
    """The event store or the run registry cannot be read or written."""

    exit_code = 5


class JourneyError(MappingError):
    """A journey (YAML or BPMN) is not of the subset that can be laid over a log."""


class EngineError(ZaakstroomError):
    """The engine that was asked for cannot run here, or has no form for something that is measured."""

    exit_code = 6
