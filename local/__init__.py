"""The laptop run: the synthesized template, whole, on one machine, with no account and no Docker.

What it does not do as AWS does is listed in `local.differences`.
"""
