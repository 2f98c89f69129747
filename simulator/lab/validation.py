"""The error for invalid input to the lab's API."""


class InvalidInput(Exception):
    """The body of a request to the lab is invalid. The message says what is wrong and what is allowed."""
