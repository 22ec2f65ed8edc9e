"""Storing an instance, whether it was pushed or imported: S3 first, rows last.

1. `find_known_objects` reads what the database knows of the objects.
2. `write_instance` reads README and metadata from S3, and writes the manifest. The caller holds no connection.
3. `add_instance` adds the rows, within a transaction of the caller's; a push adds more, in one statement (`db.push_rows`).

An instance whose rows are never added leaves a manifest that nothing points to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import stamina

from registry.quilt2.db.instances import ChangeStamp, InstanceStore, NewInstance, StoredForm, pack_contents
from registry.quilt2.db.packages import Quilt2Package
from registry.quilt2.db.push_reads import PushReadStore
from registry.quilt2.errors import ReadmeUnreadable, WriteConflict
from registry.quilt2.services import manifests, trees
from registry.quilt2.services.keywords import keywords
from registry.quilt2.services.object_texts import fetch_texts, metadata_hashes, parse_metadata, read_readme
from shared.aws.objects import ObjectStore
from shared.concurrency import run_by_size
from shared.db.engine import AsyncSession

MAX_ATTEMPTS = 20
retry_conflicts = stamina.AsyncRetryingCaller(
    attempts=MAX_ATTEMPTS, timeout=None, wait_initial=0.02, wait_max=1.0, wait_jitter=0.05
).on(WriteConflict)
"""Call a function again for as long as it raises WriteConflict. Of several writers, one succeeds in each round."""


@dataclass(frozen=True, slots=True)
class InstanceDraft:
    """An instance to be stored."""

    owner: str
    name: str
    hash: str
    root: trees.Node
    sizes: Mapping[str, int]
    """Bytes of each object, by hash. Sizes that the database has already win."""
    by: str
    json_bytes: int
    """Bytes of the tree as JSON, or more."""
    stamp: ChangeStamp | None = None
    """Kept from another registry; without one, it is created now."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """README and metadata that need not be fetched, by hash."""
    stored: Mapping[str, StoredForm] = field(default_factory=dict)
    """Objects that S3 holds in another form, by hash."""
    needs_readme: bool = True
    """Refuse the instance when its README cannot be read."""


@dataclass(frozen=True, slots=True)
class WrittenInstance:
    """An instance whose manifest is in S3, and whose rows are to be added."""

    new: NewInstance
    top_hash: str
    texts: Mapping[str, str]
    """README and metadata that the database does not have yet, by hash."""
    stored: Mapping[str, StoredForm]


@dataclass(frozen=True, slots=True)
class KnownObjects:
    """The database's knowledge of a draft's objects, by hash."""

    other_sizes: Mapping[str, int]
    """Only of objects that it has with another size."""
    stored: Mapping[str, StoredForm]
    texts: Mapping[str, str]
    metadata_hashes: list[str]
    """Metadata objects that the manifest shows, known or not."""


async def find_known_objects(reads: PushReadStore, draft: InstanceDraft) -> KnownObjects:
    readme_hash = trees.readme_of(draft.root)
    of_metadata = await run_by_size(draft.json_bytes, metadata_hashes, draft.root)
    differing = await reads.differing_objects(draft.owner, draft.sizes)
    return KnownObjects(
        other_sizes=differing.sizes,
        stored=differing.stored,
        texts=await reads.texts(draft.owner, [*of_metadata, *([readme_hash] if readme_hash else [])]),
        metadata_hashes=of_metadata,
    )


async def write_instance(
    objects: ObjectStore, bucket: str, draft: InstanceDraft, known: KnownObjects
) -> WrittenInstance:
    """Raises ReadmeUnreadable."""
    owner, root, readme_hash = draft.owner, draft.root, trees.readme_of(draft.root)
    sizes = {**draft.sizes, **known.other_sizes} if known.other_sizes else draft.sizes
    texts = {**draft.texts, **known.texts}
    if readme_hash and readme_hash not in texts:
        try:
            texts[readme_hash] = await read_readme(objects, bucket, owner, readme_hash)
        except ReadmeUnreadable:
            if draft.needs_readme:
                raise
    unread = [each for each in known.metadata_hashes if each not in texts]
    if unread:
        texts |= await fetch_texts(objects, bucket, owner, unread)

    metadata = parse_metadata({each: texts[each] for each in known.metadata_hashes if each in texts})
    described = manifests.Known({**known.stored, **draft.stored}, metadata)
    draft_manifest = partial(manifests.draft_of, bucket, owner, draft.hash, root, sizes, known=described)
    manifest = await run_by_size(draft.json_bytes, draft_manifest)
    try:
        top_hash = await manifests.write_manifest(objects, bucket, manifest)
    finally:
        manifest.close()
    readme = texts.get(readme_hash) if readme_hash else None
    new = NewInstance(
        hash=draft.hash,
        packed_contents=await run_by_size(draft.json_bytes, lambda: pack_contents(trees.dump(root))),
        sizes=sizes,
        readme_hash=readme_hash,
        top_hash=top_hash,
        keywords=await run_by_size(draft.json_bytes, keywords, owner, draft.name, root, readme),
        by=draft.by,
        stamp=draft.stamp,
    )
    unkept = {each: text for each, text in texts.items() if each not in known.texts}
    return WrittenInstance(new, top_hash, unkept, draft.stored)


async def add_instance(session: AsyncSession, package: Quilt2Package, written: WrittenInstance) -> int:
    """Its id. Raises WriteConflict when another writer gave an object another size first: the manifest must be written again."""
    instances, new = InstanceStore(session), written.new
    if await instances.add_objects(package, new.sizes):
        raise WriteConflict
    await keep_texts(session, package.owner, written)
    return await instances.put(package, new)


async def keep_texts(session: AsyncSession, owner: str, written: WrittenInstance) -> None:
    """Add to objects the texts and stored forms that the database does not have yet."""
    instances = InstanceStore(session)
    for each in sorted(
        written.texts.keys() | written.stored.keys()
    ):  # in one order everywhere, which prevents deadlocks
        if each in written.texts:
            await instances.keep_text(owner, each, written.texts[each])
        if each in written.stored:
            await instances.keep_stored_form(owner, each, written.stored[each])
