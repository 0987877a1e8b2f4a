"""The error of an invalid pattern."""


class InvalidPattern(Exception):
    """EventBridge rejects the pattern. The message names the path of the invalid clause."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path or 'The event pattern'}: {problem}")
