"""The tables of the schema `auth`, which no other service reads or writes."""

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
    """The row's table, for statements that run often: Core statements take half the time of the ORM's."""
    return cast("Table", row.__table__)


class UserRow(AuthRow):
    __tablename__ = "user"
    __table_args__ = (
        UniqueConstraint("name"),
        UniqueConstraint("email"),
        # Holds few rows or none; each sign-in tests whether it holds any.
        Index("ix_user_password_not_ours", "id", postgresql_where=text("password NOT LIKE '$argon2id$%'")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]
    """Name and address are in lower case, so that they are unique whatever the case in which they are typed."""
    password: Mapped[str | None]
    """Hash: argon2id with its parameters, or one of Quilt 2 until its owner signs in."""
    password_proven: Mapped[bool] = mapped_column(server_default=false())
    """The password was set with a link that was mailed to the present address, or by somebody who knew such a password."""
    is_admin: Mapped[bool]
    is_active: Mapped[bool]
    created_at: Mapped[datetime]
    last_login: Mapped[datetime | None]
    pending_until: Mapped[datetime | None] = mapped_column(index=True)
    """Time at which an unconfirmed account is deleted; null once the address is confirmed."""


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
    """ARN of the IAM role that an unmanaged role stands for."""
    external_id: Mapped[str] = mapped_column(
        server_default=text("replace((gen_random_uuid())::text, '-'::text, ''::text)")
    )
    """Passed to AssumeRole and required by the trust policy, against the confused deputy problem."""
    query_budgets: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    """The budgets of queries that the role gives, as `QueryBudgets` without nulls."""


class PolicyRow(AuthRow):
    __tablename__ = "policy"
    __table_args__ = (UniqueConstraint("title"), UniqueConstraint("arn"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    arn: Mapped[str | None]
    """ARN of the IAM policy that an unmanaged policy stands for."""


class PolicyPermissionRow(AuthRow):
    __tablename__ = "policy_permission"
    __table_args__ = (CheckConstraint("level IN ('READ', 'READ_WRITE')", name="level"),)
    policy_id: Mapped[UUID] = mapped_column(ForeignKey(PolicyRow.id, ondelete="CASCADE"), primary_key=True)
    bucket: Mapped[str] = mapped_column(primary_key=True)
    """A name, or `*` for every registered bucket."""
    level: Mapped[str]


class RolePolicyRow(AuthRow):
    __tablename__ = "role_policy"
    role_id: Mapped[UUID] = mapped_column(ForeignKey(RoleRow.id, ondelete="CASCADE"), primary_key=True)
    policy_id: Mapped[UUID] = mapped_column(ForeignKey(PolicyRow.id), primary_key=True, index=True)


class ObservedPermissionRow(AuthRow):
    """A permission that the self-test found in an unmanaged IAM role or policy."""

    __tablename__ = "observed_permission"
    __table_args__ = (CheckConstraint("level IN ('READ', 'READ_WRITE')", name="level"),)
    role_id: Mapped[UUID] = mapped_column(ForeignKey(RoleRow.id, ondelete="CASCADE"), primary_key=True)
    bucket: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[str]


class IamRoleRow(AuthRow):
    """An IAM role that `auth` made. It has no foreign key, because it is removed from IAM after its role is deleted here."""

    __tablename__ = "iam_role"
    role_id: Mapped[UUID] = mapped_column(primary_key=True)
    arn: Mapped[str]
    applied: Mapped[str | None]
    """Digest of what was last written to IAM."""
    problem: Mapped[str | None]
    """Why the last write to IAM failed; it is retried."""


class DenialRow(AuthRow):
    """Vended credentials of one user that IAM refuses; the row is deleted once they have expired."""

    __tablename__ = "denial"
    session_name: Mapped[str] = mapped_column(primary_key=True)
    issued_before: Mapped[datetime]


class SsoConfigRow(AuthRow):
    """A version of the SSO configuration; the latest is in force."""

    __tablename__ = "sso_config"
    version: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str | None]
    """Null: the configuration was removed."""
    uploader_id: Mapped[UUID | None]
    uploader: Mapped[str]
    at: Mapped[datetime]


class IdentityRow(AuthRow):
    """A user's identity at a single sign-on provider. Issuer and subject never change, the e-mail address may."""

    __tablename__ = "identity"
    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(UserRow.id, ondelete="CASCADE"), index=True)
    provider: Mapped[str]
    created_at: Mapped[datetime]
    last_login: Mapped[datetime]


class SsoRequestRow(AuthRow):
    """A sign-in that waits for its provider's answer, which deletes the row."""

    __tablename__ = "sso_request"
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """Digest of the state, or of the nonce where the state is the catalog's."""
    provider: Mapped[str]
    secrets: Mapped[str]
    """Nonce and PKCE verifier, encrypted."""
    browser: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Digest of the cookie of the browser that began the sign-in; null for popups."""
    next: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class OAuthClientRow(AuthRow):
    """A tool that registered itself. It has neither a secret nor rights of its own."""

    __tablename__ = "oauth_client"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    redirect_uris: Mapped[list[str]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    """Time of the last code or refresh token that it exchanged."""


class UserRoleRow(AuthRow):
    """A role that a user may act under; at most one of a user's roles is active."""

    __tablename__ = "user_role"
    __table_args__ = (Index("uq_user_role_active", "user_id", unique=True, postgresql_where=text("active")),)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(UserRow.id, ondelete="CASCADE"), primary_key=True)
    role_id: Mapped[UUID] = mapped_column(ForeignKey(RoleRow.id), primary_key=True, index=True)
    active: Mapped[bool]


class SessionRow(AuthRow):
    """One sign-in of a browser or client. Its end revokes everything that was issued to it."""

    __tablename__ = "session"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(UserRow.id, ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime | None]
    """Latest possible expiry, whatever renews the session; its owner must sign in with their provider again then."""
    revoked_at: Mapped[datetime | None]
    is_browser: Mapped[bool] = mapped_column(server_default=false())
    """Renewed by a cookie; it gets short-lived access tokens only."""
    address: Mapped[str] = mapped_column(server_default="")
    user_agent: Mapped[str] = mapped_column(server_default="")
    """Address and user agent that started the session."""
    last_seen_at: Mapped[datetime | None]
    oauth_client_id: Mapped[str | None] = mapped_column(ForeignKey(OAuthClientRow.id, ondelete="CASCADE"), index=True)
    """The tool that acts in the session, if one does."""
    by_provider: Mapped[bool] = mapped_column(server_default=false())
    """It began at a sign-in provider, or in a session that did, and not with a password."""
    role_id: Mapped[UUID | None]
    """Role of a tool, fixed when the tool was approved; the tool has no rights unless it is still one of the user's roles."""


class SecondFactorRow(AuthRow):
    """The authenticator app of a user, who enters its codes (TOTP) besides the password."""

    __tablename__ = "second_factor"
    user_id: Mapped[UUID] = mapped_column(ForeignKey(UserRow.id, ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str]
    """Encrypted."""
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    """Time of the first code; until then sign-ins ask for none."""
    last_step: Mapped[int]
    """Time step of the latest code that was used: it and earlier ones are refused."""


class RecoveryCodeRow(AuthRow):
    """A code that replaces one of the second factor, once."""

    __tablename__ = "recovery_code"
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(UserRow.id, ondelete="CASCADE"), index=True)
    used_at: Mapped[datetime | None]


class OAuthCodeRow(AuthRow):
    """A tool's authorization code. It is kept after use: a second use ends the session that the first one started."""

    __tablename__ = "oauth_code"
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey(OAuthClientRow.id, ondelete="CASCADE"), index=True)
    approved_in: Mapped[UUID] = mapped_column(ForeignKey(SessionRow.id, ondelete="CASCADE"), index=True)
    redirect_uri: Mapped[str]
    challenge: Mapped[str]
    role_id: Mapped[UUID | None]
    """Role that the tool was approved for."""
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    started: Mapped[UUID | None]
    """Id of the session that the code started."""


class RefreshTokenRow(AuthRow):
    __tablename__ = "refresh_token"
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey(SessionRow.id, ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    rotated_at: Mapped[datetime | None]
    """Time of the first exchange for a new token."""


class CodeRow(AuthRow):
    """A one-time code of a client; its use deletes the row."""

    __tablename__ = "code"
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey(SessionRow.id, ondelete="CASCADE"), index=True)
    """Session of the browser that showed the code."""
    expires_at: Mapped[datetime]


class SigningKeyRow(AuthRow):
    __tablename__ = "signing_key"
    kid: Mapped[str] = mapped_column(primary_key=True)
    public: Mapped[dict[str, Any]] = mapped_column(JSONB)
    private: Mapped[str]
    """PEM, encrypted."""
    created_at: Mapped[datetime]
    active_from: Mapped[datetime]
    """Time of the first signature; the key is published earlier, so that every verifier has it."""


class CredentialRow(AuthRow):
    """Vended S3 credentials. It has no foreign keys, because it outlives its user."""

    __tablename__ = "credential"
    access_key_id: Mapped[str] = mapped_column(primary_key=True)
    secret: Mapped[str]
    """Encrypted."""
    session_id: Mapped[UUID]
    user_id: Mapped[UUID] = mapped_column(index=True)
    role_id: Mapped[UUID]
    policy: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class RoleSessionRow(AuthRow):
    """Name of the role session of S3 credentials that a client got, by which S3's events are matched to its user.

    It outlives the credentials, since events may be read days later, and its user.
    """

    __tablename__ = "role_session"
    session_name: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    user_name: Mapped[str]
    access_key_id: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    """End of the credentials."""


class PushAuthorRow(AuthRow):
    """A pointer, or a manifest that is a push, that a client wrote straight to S3, and its author. S3 does not keep authors."""

    __tablename__ = "push_author"
    bucket: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    etag: Mapped[str]
    user_id: Mapped[UUID]
    user_name: Mapped[str]
    noted_at: Mapped[datetime]


class RevocationFeedRow(AuthRow):
    """A single row, whose lock numbers revocations in the order of their commits."""

    __tablename__ = "revocation_feed"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    """Number of the latest revocation."""
    pruned: Mapped[int]
    """Number of the latest revocation that was deleted."""


class RevocationRow(AuthRow):
    __tablename__ = "revocation"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    subject: Mapped[str]
    at: Mapped[datetime]


class RevocationListenerRow(AuthRow):
    """A process that caches rights. Unlogged: after a crash of the database the listeners are back with their next reading."""

    __tablename__ = "revocation_listener"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int]
    """Number of the latest revocation that it has applied."""
    seen_at: Mapped[datetime]


class AttemptRow(AuthRow):
    """An attempt that counts against a limit, such as a failed login or a request for a mail."""

    __tablename__ = "attempt"
    __table_args__ = (
        Index("ix_attempt_subject_at", "kind", "subject", "at"),
        Index("ix_attempt_address_at", "kind", "address", "at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[bytes] = mapped_column(LargeBinary)
    """Digest of the account or name. It is never stored in clear, because people type passwords into the wrong field."""
    address: Mapped[str]
    """Network of the address, or in a second row of the same attempt its wide network: see `shared.networks`."""
    at: Mapped[datetime] = mapped_column(index=True)


class ApiKeyRow(AuthRow):
    """A key that acts as its user, under their active role."""

    __tablename__ = "api_key"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(UserRow.id, ondelete="CASCADE"), index=True)
    name: Mapped[str]
    fingerprint: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    made_with: Mapped[UUID | None] = mapped_column(ForeignKey("auth.api_key.id", ondelete="SET NULL"), index=True)
    """The API key that made this one, if one did, which older versions allowed: revoking a leaked key revokes what it made."""
    may_administer: Mapped[bool] = mapped_column(server_default=false())
    """It has the administrator's rights of its user."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    last_used_at: Mapped[datetime | None]


class S3KeyPairRow(AuthRow):
    """Keys with which S3 clients sign requests to the package gateway, as an API key."""

    __tablename__ = "s3_key_pair"
    access_key_id: Mapped[str] = mapped_column(primary_key=True)
    api_key_id: Mapped[UUID] = mapped_column(ForeignKey(ApiKeyRow.id, ondelete="CASCADE"), index=True)
    secret: Mapped[str]
    """Encrypted."""
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class LinkRow(AuthRow):
    """A one-time link in a mail."""

    __tablename__ = "link"
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    kind: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey(UserRow.id, ondelete="CASCADE"), index=True)
    email: Mapped[str]
    """Address that the mail was sent to."""
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SignUpInvitationRow(AuthRow):
    """An address that an administrator invited. The link in its mail is a `LinkRow`."""

    __tablename__ = "invitation"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str | None]
    """User name that the invited person is offered."""
    role_id: Mapped[UUID | None] = mapped_column(ForeignKey(RoleRow.id, ondelete="SET NULL"), index=True)
    """Role that they get; none stands for the default role."""
    invited_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class MailRow(AuthRow):
    """A mail to be sent. Its one-time link is made when it is sent, so the row holds no secret."""

    __tablename__ = "mail"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    email: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    """Time of the next try, or the end of the lease of the replica that tries now."""
    tries: Mapped[int]
    failure: Mapped[str | None]
    """Why the mail was set aside and is not retried; null for a mail that waits."""


class AuditRow(AuthRow):
    """A record of the audit trail. Triggers refuse changes, and the deletion of rows younger than 30 days.

    It has no foreign keys, because it outlives the users and roles that it names.
    """

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
