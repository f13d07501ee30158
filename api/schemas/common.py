"""What every body and view has in common: camelCase on the wire, nothing unknown, nothing changed in flight."""

from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Body(BaseModel):
    """A request body: unknown fields are refused, so that a typing error is not silently ignored."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class View(BaseModel):
    """A response: no defaults, so every field is always there and the document tells the truth."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, from_attributes=True
    )


class SignatureView(View):
    """Which account acted, and when; which account it was is not told to another agency."""

    user: UUID
    at: AwareDatetime


def listed(list_id: str) -> Any:  # noqa: ANN401 - what Pydantic's Field gives
    """Say in the document which coded list a field's codes come from; the rules check them, not the model."""
    return Field(json_schema_extra={"x-coded-list": list_id})
