"""Invitations to sign up."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from auth.errors import EmailTaken, InvitationNotFound, MailNotConfigured, NotInvited, TooManyTries, UnknownRole
from auth.routes.deps import Address, AllStores, AuthRoute, Invitations
from shared.errors import InvalidCursor
from shared.schemas.invitation import Invitation, InvitationCreate, InvitationOffer, InvitationShown
from shared.schemas.page import Page
from shared.web.pages import Cursor, Limit

router = APIRouter(route_class=AuthRoute, prefix="/admin/invitations", tags=["accounts"])
of_everybody = APIRouter(route_class=AuthRoute, prefix="/api/v1/accounts/invitation", tags=["accounts"])


InvitationId = Annotated[UUID, Path(examples=["7d8e1c5a-5b1f-4a43-9a52-0a1f6a3c1e55"])]


@router.get("", summary="List invitations that were not accepted", responses=InvalidCursor.response())
async def list_invitations(stores: AllStores, cursor: Cursor = None, limit: Limit = 50) -> Page[Invitation]:
    return await stores.invitations.page(after=cursor, limit=limit)


@router.post(
    "",
    status_code=201,
    summary="Invite somebody to sign up",
    description="A mail brings a link, which works once within a week. An earlier invitation of the address is replaced.",
    responses={**EmailTaken.response(), **UnknownRole.response(), **MailNotConfigured.response()},
)
async def invite_somebody(wanted: InvitationCreate, invitations: Invitations) -> Invitation:
    return await invitations.invite(wanted)


@router.post(
    "/{invitation_id}/send",
    summary="Send an invitation again, with a new link that ends the old one",
    responses={**InvitationNotFound.response(), **EmailTaken.response(), **MailNotConfigured.response()},
)
async def send_invitation_again(invitation_id: InvitationId, invitations: Invitations) -> Invitation:
    return await invitations.send_again(invitation_id)


@router.delete(
    "/{invitation_id}", status_code=204, summary="Withdraw an invitation", responses=InvitationNotFound.response()
)
async def withdraw_invitation(invitation_id: InvitationId, invitations: Invitations) -> None:
    await invitations.withdraw(invitation_id)


@of_everybody.post(
    "",
    summary="Get the invitation that a link belongs to",
    responses={**NotInvited.response(), **TooManyTries.response()},
)
async def show_invitation(shown: InvitationShown, address: Address, invitations: Invitations) -> InvitationOffer:
    return await invitations.offer(shown.invitation, address)
