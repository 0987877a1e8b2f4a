"""Stands in for the search for plugins of pydantic: a bundle has none."""


def get_plugins() -> tuple[()]:
    """All that there are."""
    return ()
