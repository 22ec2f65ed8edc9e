"""A member of an archive, with its place."""

from dataclasses import dataclass

from shared.schemas.previews import ArchiveMember


@dataclass(frozen=True, slots=True)
class StoredMember:
    shown: ArchiveMember
    offset: int
    """Place of its content in a tar file, of its header in a zip file; its number in a 7z archive."""
    method: int = 0
    is_encrypted: bool = False
    is_sparse: bool = False
