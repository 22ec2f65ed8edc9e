"""Reads of objects that S3's logs tell of."""
