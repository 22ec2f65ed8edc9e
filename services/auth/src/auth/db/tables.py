"""The schema `auth`; nobody else reads or writes it."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Table, UniqueConstraint, false, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import Row, schema_metadata


class AuthRow(Row):
    __abstract__ = True
    metadata = schema_metadata("auth")


def table(row: type[AuthRow]) -> Table:
    """For statements that are sent often: without the ORM they take half the time."""
    return cast("Table", row.__table__)


class UserRow(AuthRow):
    __tablename__ = "user"
    __table_args__ = (
        UniqueConstraint("name"),
        UniqueConstraint("email"),
        # Few or none: each sign-in asks whether there are any.
        Index("ix_user_password_not_ours", "id", postgresql_where=text("password NOT LIKE '$argon2id$%'")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]
    """Name and address are lower case, so that they are unique however they are typed."""
    password: Mapped[str | None]
    """argon2id, with its parameters; or a hash of Quilt 2 until its owner signs in."""
    is_admin: Mapped[bool]
    is_active: Mapped[bool]
    created_at: Mapped[datetime]
    last_login: Mapped[datetime | None]
    pending_until: Mapped[datetime | None] = mapped_column(index=True)
    """Of who signed up and has not yet shown that the address is theirs: forgotten then."""


class RoleRow(AuthRow):
    __tablename__ = "role"
    __table_args__ = (
        UniqueConstraint("name"),
        Index("uq_role_default", "is_default", unique=True, postgresql_where=text("is_default")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    is_default: Mapped[bool]
    arn: Mapped[str | None]
    """Of the IAM role that an unmanaged one stands for."""
    external_id: Mapped[str] = mapped_column(
        server_default=text("replace((gen_random_uuid())::text, '-'::text, ''::text)")
    )
    """What AssumeRole says, so that nobody else can have it assume the role for them."""


class PolicyRow(AuthRow):
    __tablename__ = "policy"
    __table_args__ = (UniqueConstraint("title"), UniqueConstraint("arn"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    arn: Mapped[str | None]
    """Of the IAM policy that an unmanaged one stands for."""


class PolicyPermissionRow(AuthRow):
    __tablename__ = "policy_permission"
    __table_args__ = (CheckConstraint("level IN ('READ', 'READ_WRITE')", name="level"),)
    policy_id: Mapped[UUID] = mapped_column(ForeignKey(PolicyRow.id, ondelete="CASCADE"), primary_key=True)
    bucket: Mapped[str] = mapped_column(primary_key=True)
    """`*`: every registered bucket."""
    level: Mapped[str]


class RolePolicyRow(AuthRow):
    __tablename__ = "role_policy"
    role_id: Mapped[UUID] = mapped_column(ForeignKey(RoleRow.id, ondelete="CASCADE"), primary_key=True)
    policy_id: Mapped[UUID] = mapped_column(ForeignKey(PolicyRow.id), primary_key=True, index=True)


class ObservedPermissionRow(AuthRow):
    """What the IAM roles and policies of others were seen to permit."""

    __tablename__ = "observed_permission"
    __table_args__ = (CheckConstraint("level IN ('READ', 'READ_WRITE')", name="level"),)
    role_id: Mapped[UUID] = mapped_column(ForeignKey(RoleRow.id, ondelete="CASCADE"), primary_key=True)
    bucket: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[str]


class IamRoleRow(AuthRow):
    """An IAM role that we look after. Without foreign keys: it is taken away after the role that it was made for."""

    __tablename__ = "iam_role"
    role_id: Mapped[UUID] = mapped_column(primary_key=True)
    arn: Mapped[str]
    applied: Mapped[str | None]
    """Digest of what IAM was last told."""
    problem: Mapped[str | None]
    """Why IAM could not be told; it is tried again."""


class DenialRow(AuthRow):
    """Credentials that IAM is told to refuse, until they have ended by themselves."""

    __tablename__ = "denial"
    session_name: Mapped[str] = mapped_column(primary_key=True)
    issued_before: Mapped[datetime]


class SsoConfigRow(AuthRow):
    """Every version of the document; the last one counts."""

    __tablename__ = "sso_config"
    version: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str | None]
    """None: it was taken away."""
    uploader_id: Mapped[UUID | None]
    uploader: Mapped[str]
    at: Mapped[datetime]


class IdentityRow(AuthRow):
    """Who somebody is to a provider of single sign-on. Its word for them never changes, their address may."""

    __tablename__ = "identity"
    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(UserRow.id, ondelete="CASCADE"), index=True)
    provider: Mapped[str]
    created_at: Mapped[datetime]
    last_login: Mapped[datetime]


class SsoRequestRow(AuthRow):
    """A sign-in that waits for its provider's answer; gone once that has come."""

    __tablename__ = "sso_request"
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """Of what the answer brings back: the state, or, where that is the page's own, the nonce."""
    provider: Mapped[str]
    secrets: Mapped[str]
    """Nonce and PKCE verifier, sealed."""
    browser: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Digest of the cookie of whoever began it."""
    next: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class OAuthClientRow(AuthRow):
    """A tool that registered itself. It has no secret, and no rights of its own."""

    __tablename__ = "oauth_client"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    redirect_uris: Mapped[list[str]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    """When somebody last let it act for them."""


class UserRoleRow(AuthRow):
    """Roles that a user may act under; one of them is active."""

    __tablename__ = "user_role"
    __table_args__ = (Index("uq_user_role_active", "user_id", unique=True, postgresql_where=text("active")),)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(UserRow.id, ondelete="CASCADE"), primary_key=True)
    role_id: Mapped[UUID] = mapped_column(ForeignKey(RoleRow.id), primary_key=True, index=True)
    active: Mapped[bool]


class SessionRow(AuthRow):
    """One sign-in of a browser or client: everything issued to it lives and dies with it."""

    __tablename__ = "session"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(UserRow.id, ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime | None]
    """Renewing it does not go beyond: its owner has to sign in with their provider again."""
    revoked_at: Mapped[datetime | None]
    is_browser: Mapped[bool] = mapped_column(server_default=false())
    """Renewed by a cookie; nothing long-lived is issued to it."""
    address: Mapped[str] = mapped_column(server_default="")
    user_agent: Mapped[str] = mapped_column(server_default="")
    """Where and with what it was started."""
    last_seen_at: Mapped[datetime | None]
    oauth_client_id: Mapped[str | None] = mapped_column(ForeignKey(OAuthClientRow.id, ondelete="CASCADE"), index=True)
    """The tool that acts in it."""


class OAuthCodeRow(AuthRow):
    """What somebody let a tool have. Kept after its use: shown again it ends the session that it started."""

    __tablename__ = "oauth_code"
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey(OAuthClientRow.id, ondelete="CASCADE"), index=True)
    approved_in: Mapped[UUID] = mapped_column(ForeignKey(SessionRow.id, ondelete="CASCADE"), index=True)
    redirect_uri: Mapped[str]
    challenge: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    started: Mapped[UUID | None]
    """The session."""


class RefreshTokenRow(AuthRow):
    __tablename__ = "refresh_token"
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey(SessionRow.id, ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    rotated_at: Mapped[datetime | None]
    """When it was first exchanged for another."""


class CodeRow(AuthRow):
    """A one-time code; gone once it is used."""

    __tablename__ = "code"
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey(SessionRow.id, ondelete="CASCADE"), index=True)
    """Of the browser that showed it."""
    expires_at: Mapped[datetime]


class SigningKeyRow(AuthRow):
    __tablename__ = "signing_key"
    kid: Mapped[str] = mapped_column(primary_key=True)
    public: Mapped[dict[str, Any]] = mapped_column(JSONB)
    private: Mapped[str]
    """PEM, sealed."""
    created_at: Mapped[datetime]
    active_from: Mapped[datetime]
    """Published before it signs, so that every verifier has it by then."""


class CredentialRow(AuthRow):
    """The ledger of vended S3 credentials. Without foreign keys: it outlives whoever was given them."""

    __tablename__ = "credential"
    access_key_id: Mapped[str] = mapped_column(primary_key=True)
    secret: Mapped[str]
    """Sealed."""
    session_id: Mapped[UUID]
    user_id: Mapped[UUID] = mapped_column(index=True)
    role_id: Mapped[UUID]
    policy: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class RevocationFeedRow(AuthRow):
    """The one row whose lock puts revocations in their order of commit."""

    __tablename__ = "revocation_feed"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    """Of the latest revocation."""
    pruned: Mapped[int]
    """Of the latest one that is no longer told."""


class RevocationRow(AuthRow):
    __tablename__ = "revocation"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    subject: Mapped[str]
    at: Mapped[datetime]


class AttemptRow(AuthRow):
    """What is limited in number: failed logins, requests for mails."""

    __tablename__ = "attempt"
    __table_args__ = (
        Index("ix_attempt_subject_at", "kind", "subject", "at"),
        Index("ix_attempt_address_at", "kind", "address", "at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[bytes] = mapped_column(LargeBinary)
    """Whom it was about. A digest: people type passwords into the wrong field."""
    address: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)


class ApiKeyRow(AuthRow):
    """Acts as its user, under their active role."""

    __tablename__ = "api_key"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(UserRow.id, ondelete="CASCADE"), index=True)
    name: Mapped[str]
    fingerprint: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    made_with: Mapped[UUID | None] = mapped_column(ForeignKey("auth.api_key.id", ondelete="SET NULL"), index=True)
    """The key that it was made with, if it was: a thief may have made it."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    last_used_at: Mapped[datetime | None]


class LinkRow(AuthRow):
    """What a mail lets its reader do, once."""

    __tablename__ = "link"
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    kind: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey(UserRow.id, ondelete="CASCADE"), index=True)
    email: Mapped[str]
    """Whom it was sent to."""
    expires_at: Mapped[datetime] = mapped_column(index=True)


class MailRow(AuthRow):
    """A mail to be sent. What is secret in it is made when it goes."""

    __tablename__ = "mail"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    email: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    """The next try, or the end of the lease of who is trying."""
    tries: Mapped[int]
    failure: Mapped[str | None]
    """Why the mail was set aside: it is not tried again."""


class AuditRow(AuthRow):
    """Append-only: triggers refuse every change, and deleting what is younger than 30 days. Without foreign keys: it outlives what it tells of."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_user_id", "user", "id"),
        Index("ix_audit_target_id", "target", "id"),
        Index("ix_audit_action_id", "action", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    service: Mapped[str]
    action: Mapped[str]
    outcome: Mapped[str]
    user_id: Mapped[UUID | None]
    user: Mapped[str]
    credential: Mapped[str]
    target: Mapped[str]
    reason: Mapped[str]
    address: Mapped[str]
    user_agent: Mapped[str]
    request_id: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
