"""Settings: what a function reads from its environment, written once for both ends.

The construct that makes a function fills them (with CDK tokens), and the function reads them.
"""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """A function's environment variables, each named as its field in capitals."""

    model_config = ConfigDict(frozen=True, alias_generator=str.upper, validate_by_name=True)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings. Raises pydantic's ValidationError, which names what is missing."""
        return cls.model_validate(environment)

    def environment(self) -> dict[str, str]:
        """The environment variables that `from_environment` reads back."""
        return {name.upper(): str(value) for name, value in self.model_dump().items()}
