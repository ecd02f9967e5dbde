"""What all parts of a plan share: unknown entries are errors, and nothing can be changed afterwards."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

__all__ = ["Section"]


class Section(BaseModel):
    """What all sections share: unknown entries are errors, and nothing can be changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """What differs from the defaults."""
        fields = type(self).model_fields
        return [
            (name, value)
            for name, value in super().__repr_args__()
            if name not in fields or value != fields[name].get_default(call_default_factory=True)
        ]
