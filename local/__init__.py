"""The laptop run: the synthesized template, whole, on one machine, with no account and no Docker.

docs/laptop.md lists the differences from AWS.
"""
