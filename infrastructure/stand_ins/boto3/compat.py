"""Stands in for what boto3.dynamodb.types imports of it."""

import collections.abc as collections_abc  # noqa: F401
