"""Settings: what a function reads from its environment and its bundle, written once for both ends.

The construct that makes a function fills its environment (with CDK tokens), and the function reads
it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

STAGE_TYPES = Path(__file__).parents[1] / "stage-types.json"
"""The file in a bundle with the event types that the stage has beyond the catalogues.

Lambda limits the environment to 4 KB, which a few dozen types exceed.
"""


def stage_types() -> bytes:
    """Return the stage's own event types as JSON; the bundle of a stage without any has no file."""
    return STAGE_TYPES.read_bytes() if STAGE_TYPES.exists() else b"{}"


class WrongSettings(Exception):
    """What is wrong with a function's settings, by their names: values may be secret."""


class Settings(BaseModel):
    """A function's environment variables, each named as its field in capitals."""

    model_config = ConfigDict(
        frozen=True,
        alias_generator=str.upper,
        validate_by_name=True,
        hide_input_in_errors=True,
    )

    url_suffix: str
    """The domain of AWS in the stage's partition, such as `amazonaws.com`."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings. Raises WrongSettings, which names what is missing or wrong."""
        try:
            return cls.model_validate(environment)
        except ValidationError as error:
            problems = [f"{e['loc'][0]}: {e['msg']}" for e in error.errors()]
        raise WrongSettings("; ".join(problems))

    def environment(self) -> dict[str, str]:
        """The environment variables that `from_environment` reads back."""
        return {name.upper(): str(value) for name, value in self.model_dump().items()}
