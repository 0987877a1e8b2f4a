"""What goes wrong for an operator."""


class OperationError(Exception):
    """An operation that could not be done: one sentence on what is wrong and what to do."""
