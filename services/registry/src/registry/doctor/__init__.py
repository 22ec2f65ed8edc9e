"""Checks an installation from within, and says what to do."""
