"""What can keep the laptop run from going on."""


class LaptopError(Exception):
    """One sentence for a person: what is wrong, and what to do about it."""
