"""Server-side pushes, object by object: hashes and copies of what S3 holds, with the caller's own rights.

`transfers.Transfers` is the way in.
"""
