"""Media type and content encoding of a body, as the request's headers name them.

API Gateway joins a header that was sent more than once with commas.
"""

import re
from collections.abc import Mapping

IDENTITY = "identity"
"""The content encoding of a body that is not encoded."""

QUOTED = re.compile(r'"(?:\\.|[^"\\])*["\\]?')
"""A quoted parameter value, which may contain commas, or the beginning of one."""


def media_type(headers: Mapping[str, str]) -> str | None:
    """Return the media type in lower case, without parameters; None without `content-type`.

    A repeated type is returned once. Different types are joined with `, `.
    """
    if "content-type" not in headers:
        return None
    elements = QUOTED.sub('"', headers["content-type"]).split(",")
    types = (element.partition(";")[0].strip().lower() for element in elements)
    return ", ".join(dict.fromkeys(filter(None, types)))


def content_encoding(headers: Mapping[str, str]) -> str:
    """Return the content encodings in lower case, in the order they were applied, joined with `, `.

    `identity` stands for none at all, and is otherwise left out. `x-gzip` is an old name of `gzip`.
    """
    names = headers.get("content-encoding", "").lower().split(",")
    codings = (name.strip().removeprefix("x-") for name in names)
    return ", ".join(one for one in codings if one not in ("", IDENTITY)) or IDENTITY
