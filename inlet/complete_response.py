"""Complete responses: reject an answer of AWS that was cut short, which botocore takes for success.

botocore reads a body that is not JSON as an empty object, and an empty XML body as an empty list. A
cut-short answer to GetItem would then mean that there is no such item.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError

if TYPE_CHECKING:
    from botocore.model import OperationModel


class IncompleteResponse(BotoCoreError):
    """A successful answer that was cut short. The call may have had its effect."""

    fmt = "The response of {operation} was cut short. Retry later."


def require_complete_responses(client: Any) -> None:  # noqa: ANN401 - each service has its own type
    """Let the calls of a botocore client raise IncompleteResponse where an answer was cut short.

    It holds for services that speak JSON, and for the lists of S3. Streams and other XML are
    checked by botocore itself.
    """
    client.meta.events.register("before-parse", _check)


def _check(
    response_dict: Mapping[str, Any],
    operation_model: "OperationModel",
    **_: Any,  # noqa: ANN401 - what else botocore gives its handlers
) -> None:
    # An error is one whatever its body, and an operation without a result has an empty body.
    if response_dict["status_code"] >= 300 or operation_model.output_shape is None:  # noqa: PLR2004
        return
    body = response_dict["body"]
    is_json = operation_model.service_model.resolved_protocol == "json"
    is_list = operation_model.name.startswith("List")
    if (is_json and not _is_object(body)) or (is_list and not body):
        raise IncompleteResponse(operation=operation_model.name)


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except ValueError:
        return False
