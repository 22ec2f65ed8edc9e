"""What `auth` refuses, beyond what every service does.

Messages that Quilt's web catalogs recognise are marked; see docs/api.md.
"""

from typing import ClassVar

from typing_extensions import override

from shared.errors import (
    AppError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from shared.schemas.connect import ConnectProblem
from shared.schemas.problem import Problem, QuiltProblem


class LoginFailed(Unauthenticated):
    """Login attempt failed"""  # recognised

    slug = "login_failed"


class TooManyLogins(TooManyRequests):
    """Too many failed logins; try again in a minute"""

    slug = "too_many_logins"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "60"}


class TooManyTries(TooManyRequests):
    """Too many wrong codes, links or keys from your address; try again in a minute"""

    slug = "too_many_tries"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "60"}


class TooManyMails(TooManyRequests):
    """Too many mails were asked for; try again in an hour"""

    slug = "too_many_mails"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "3600"}


class PasswordsOff(Forbidden):
    """Nobody signs in with a password here: use single sign-on"""

    slug = "passwords_off"


class ProviderNotFound(NotFound):
    """No such sign-in provider"""

    slug = "provider_not_found"


class ProviderFailed(Unavailable):
    """The sign-in provider does not do its part; try again"""

    slug = "provider_failed"


class SsoFailed(Unauthenticated):
    """Login attempt failed"""  # recognised; why stands in the audit trail

    slug = "sso_failed"


class IdTokenRefused(SsoFailed):
    """Login attempt failed"""


class AccountUnknown(Unauthenticated):
    """User does not exist"""  # recognised

    slug = "account_unknown"


class EmailUnverified(Forbidden):
    """Your sign-in provider does not say that your e-mail address is yours"""

    slug = "email_unverified"


class GovernedBySso(Conflict):
    """The SSO configuration decides about this user"""

    slug = "governed_by_sso"


class TooManyTools(TooManyRequests):
    """Too many tools have registered from your address; try again in an hour"""

    slug = "too_many_tools"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "3600"}


class ConnectRefused(AppError):
    """The tool's request is not good; `error` says why in OAuth's words"""

    slug = "connect_refused"

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code

    @override
    def problem(self) -> Problem:
        said = {"error": self.code, "error_code": self.code, "error_description": str(self)}
        return ConnectProblem(**super().problem().model_dump(), **said)


class GrantRefused(Unauthenticated):
    """This is no valid code or refresh token; log in again"""

    slug = "grant_refused"


class TokenReused(GrantRefused):
    """This refresh token was replaced by another long ago; its session has been ended, log in again"""

    slug = "token_reused"


class ApiKeyInvalid(Unauthenticated):
    """This is no API key of ours, or it was revoked"""

    slug = "api_key_invalid"


class ApiKeyExpired(Unauthenticated):
    """This API key has expired"""

    slug = "api_key_expired"


class ApiKeyOwnerInactive(Unauthenticated):
    """The owner of this API key has been disabled"""

    slug = "api_key_owner_inactive"


class ForeignOrigin(Forbidden):
    """Only the pages of this installation's own catalog may do this"""

    slug = "foreign_origin"


class SignUpDisabled(Forbidden):
    """Signup is disabled."""

    status, slug = 501, "sign_up_disabled"


class NotInvited(Forbidden):
    """Sign-up is by invitation here, and this one is not good: it was used, is too old, or is missing."""

    slug = "not_invited"


class DomainRefused(Unauthenticated):
    """Addresses of this domain are not allowed here."""  # recognised, with the domain

    slug = "domain_refused"


class InvalidUserName(Invalid):
    """Invalid username."""  # recognised

    slug = "invalid_user_name"


class InvalidEmail(Invalid):
    """Invalid email."""  # recognised

    slug = "invalid_email"


class NoDefaultRole(Invalid):
    """Default role not set"""  # recognised

    slug = "no_default_role"


class MailNotConfigured(AppError):
    """SMTP settings are invalid: this installation has no mail server."""  # recognised

    status, slug = 500, "mail_not_configured"


class ActivationFailed(Unauthenticated):
    """The link is not good: it was used, or is too old."""

    slug = "activation_failed"


class ResetLinkInvalid(Unauthenticated):
    """Reset token invalid"""  # recognised

    slug = "reset_link_invalid"

    @override
    def problem(self) -> Problem:
        # The catalogs of 2020 look into `error`, and want a full stop.
        return QuiltProblem(**super().problem().model_dump(), error=f"{self.title()}.")


class ResetNotAllowed(Unauthenticated):
    """User not allowed to reset password"""  # recognised

    slug = "reset_not_allowed"


class WrongPassword(Invalid):
    """The present password is another one"""

    slug = "wrong_password"


class UserNotFound(NotFound):
    """No such user"""


class RoleNotFound(NotFound):
    """No such role"""

    slug = "role_not_found"


class ApiKeyNotFound(NotFound):
    """No such API key"""

    slug = "api_key_not_found"


class TooManyApiKeys(Conflict):
    """You have as many API keys as there can be; revoke some"""

    slug = "too_many_api_keys"


class SessionNotFound(NotFound):
    """No such session, or it has ended"""

    slug = "session_not_found"


class NameTaken(Conflict):
    """The name is taken"""

    slug = "name_taken"


class EmailTaken(Conflict):
    """The e-mail address is taken"""

    slug = "email_taken"


class SignUpTaken(NameTaken):
    """Username already taken."""  # recognised


class SignUpEmailTaken(EmailTaken):
    """Email already taken."""  # recognised


class PolicyNotFound(NotFound):
    """No such policy"""

    slug = "policy_not_found"


class RoleInUse(Conflict):
    """The role is in use"""

    slug = "role_in_use"


class TitleTaken(Conflict):
    """The title is taken"""

    slug = "title_taken"


class ArnTaken(Conflict):
    """There is a policy for that ARN"""

    slug = "arn_taken"


class WrongKind(Conflict):
    """What is managed stays managed, and what is not, unmanaged"""

    slug = "wrong_kind"


class NameReserved(Invalid):
    """The name is reserved"""

    slug = "name_reserved"


class UnknownPolicy(Invalid):
    """The policies named do not exist"""

    slug = "unknown_policy"


class TooManyPolicies(Invalid):
    """A role has too many policies"""

    slug = "too_many_policies"


class SsoConfigNotFound(NotFound):
    """There is no SSO configuration"""

    slug = "sso_config_not_found"


class SsoConfigRefused(Invalid):
    """The SSO configuration is not as it should be"""

    slug = "sso_config_refused"


class NamedBySsoConfig(Conflict):
    """The SSO configuration names the role"""

    slug = "named_by_sso_config"


class DecidedBySsoConfig(Conflict):
    """The SSO configuration says which role is the default"""

    slug = "decided_by_sso_config"


class NotYourself(Forbidden):
    """Nobody may do this to themselves"""

    slug = "not_yourself"


class LastAdministrator(Conflict):
    """There would be no administrator left"""

    slug = "last_administrator"


class WeakPassword(Invalid):
    """Password must be at least 8 characters long."""  # recognised

    slug = "weak_password"


class CommonPassword(WeakPassword):
    """Password must be harder to guess: it is one of those that are tried first."""  # recognised by its beginning


class UnknownRole(Invalid):
    """The roles named do not exist"""

    slug = "unknown_role"


class NoAccess(Forbidden):
    """Your role gives access to no bucket"""

    slug = "no_access"


class TooManyBuckets(Forbidden):
    """Your role names more buckets than temporary credentials can"""

    slug = "too_many_buckets"


TRACED = (
    LoginFailed,
    ConnectRefused,
    GrantRefused,
    ApiKeyExpired,
    ApiKeyOwnerInactive,
    ActivationFailed,
    ResetLinkInvalid,
    WrongPassword,
    SignUpTaken,
    SignUpEmailTaken,
)
"""Refusals that leave a trace: their transaction is committed."""
