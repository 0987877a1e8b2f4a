"""Read many items of a DynamoDB table."""

from collections.abc import Iterator, Sequence
from typing import Any

from inlet.operations.deployment import Deployment

KEYS_A_CALL = 100
"""The most keys that BatchGetItem accepts."""


def batch_get(
    deployment: Deployment, table: str, keys: Sequence[dict[str, Any]], **options: str
) -> Iterator[dict[str, Any]]:
    """Return the items with these keys that exist, in any order; reads are consistent.

    Keys that DynamoDB leaves unprocessed are requested again. `options` are further parameters of
    the table, such as ProjectionExpression.
    """
    left = list(keys)
    while left:
        asked = {"Keys": left[:KEYS_A_CALL], "ConsistentRead": True, **options}
        answer = deployment.client("dynamodb").batch_get_item(RequestItems={table: asked})
        yield from answer["Responses"].get(table, [])
        left = answer["UnprocessedKeys"].get(table, {}).get("Keys", []) + left[KEYS_A_CALL:]
