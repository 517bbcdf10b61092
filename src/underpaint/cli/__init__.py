"""The commands that a user types."""

from .app import main

__all__ = ["main"]
