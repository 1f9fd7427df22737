"""The base of every result type, and texts by language."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

LocalText = Annotated[dict[str, str], BeforeValidator(lambda v: {"nl": v, "en": v} if isinstance(v, str) else v)]
"""A text by language; a single string stands in every language."""


class Result(BaseModel):
    """A frozen part of the findings."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        use_attribute_docstrings=True,
        serialize_by_alias=True,
    )
