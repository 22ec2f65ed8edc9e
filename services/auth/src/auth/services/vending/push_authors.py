"""Authors of pushes that clients wrote straight to S3, matched by the names of their role sessions."""

from collections.abc import Sequence

from auth.db.push_authors import ObjectLocation, PushAuthor
from auth.db.stores import Stores
from auth.services.audit import record
from shared.quilt.keys import LATEST, Layout2ManifestKey, PointerKey, classify
from shared.schemas.push_author import WrittenPointer


async def name_authors(stores: Stores, written: Sequence[WrittenPointer]) -> list[str | None]:
    """Names of the users who wrote these objects; None where that is unknown.

    An author who is found by the session is kept, so that later questions without a session have the same answer. A push whose
    author is found for the first time becomes an event of the audit trail.
    """
    sessions = await stores.push_authors.find_sessions({each.session for each in written if each.session})
    known = await stores.push_authors.find({(each.bucket, each.key) for each in written})
    new: dict[ObjectLocation, PushAuthor] = {}
    names: list[str | None] = []
    for each in written:
        before = new.get((each.bucket, each.key)) or known.get((each.bucket, each.key))
        session = sessions.get(each.session or "")
        if session is None:
            names.append(before.name if before and before.etag == each.etag else None)
            continue
        names.append(session.user_name)
        found = PushAuthor(session.user_id, session.user_name, each.etag)
        if found == before:
            continue
        new[each.bucket, each.key] = found
        key = classify(each.key)
        if isinstance(key, Layout2ManifestKey) or (isinstance(key, PointerKey) and key.tag != LATEST):
            await record(
                stores,
                "Packages.Push",
                f"package:{each.bucket}/{key.name}",
                who=(session.user_id, session.user_name),
                access_key_id=session.access_key_id,
                key=each.key,
            )
    await stores.push_authors.put(new)
    return names
