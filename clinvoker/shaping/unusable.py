"""What is wrong with a schema."""

from __future__ import annotations


class Unusable(Exception):
    """The schema cannot be checked against; the words of this say why, to the client."""
