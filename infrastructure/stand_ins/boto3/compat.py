"""Stands in for boto3.compat: boto3.dynamodb.types imports one name of it."""

import collections.abc as collections_abc  # noqa: F401
