"""Stands in for what writes botocore's documentation."""
