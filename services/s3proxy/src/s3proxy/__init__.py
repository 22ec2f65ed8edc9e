"""Bytes: the streaming S3 pass-through."""
