"""Mistakes that a person can mend: each is told in one sentence, without a stack trace."""


class Mistake(Exception):
    """Something that a person asked for cannot be synthesised; the message says what to do."""
