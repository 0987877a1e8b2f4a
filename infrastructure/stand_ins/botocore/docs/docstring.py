"""Stands in for the documentation of clients' methods: they have none."""


def _nothing(**_: object) -> str:
    return ""


ClientMethodDocstring = PaginatorDocstring = WaiterDocstring = _nothing
