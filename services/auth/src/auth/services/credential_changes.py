"""The end of what rests on credentials that were changed, and the changes that a key may not make."""

from uuid import UUID

from auth.db.stores import Stores
from shared.caller import current
from shared.errors import NotForApiKeys


async def end_links(stores: Stores, user_id: UUID) -> None:
    """End the user's links in mails and one-time codes.

    Call it before the user is changed: links are redeemed in this order, and the reverse one could deadlock.
    """
    await stores.grants.remove_codes_of(user_id)
    await stores.oauth.remove_codes_of(user_id)
    await stores.links.remove_of(user_id)


async def credentials_changed(
    stores: Stores, user_id: UUID, *, but: UUID | None = None, also_keys: bool = False
) -> None:
    """End the user's links in mails, one-time codes, sessions and tools, because how they sign in was changed.

    `but`: the session of the person who changed it. `also_keys`: end API keys too, since the account may have been in the
    hands of somebody else. The feed of revocations stays locked, so call this last.
    """
    await end_links(stores, user_id)
    await stores.sessions.revoke_all(user_id, but=but)
    if also_keys:
        await stores.api_keys.remove_of(user_id)
    await stores.revocations.add(f"user:{user_id}")


def own_session(user_id: UUID) -> UUID | None:
    """The caller's session, if the caller is that user."""
    caller = current()
    kind, _, credential = caller.credential.partition(":")
    return UUID(credential) if kind == "session" and caller.user_id == user_id else None


def require_not_own_account(name: str) -> None:
    """Raises NotForApiKeys if the caller is an API key of the user `name`: it may not change the account of its owner."""
    caller = current()
    if caller.user == name and caller.credential.startswith("key:"):
        raise NotForApiKeys("An API key cannot change the account of its owner. Sign in as yourself")
