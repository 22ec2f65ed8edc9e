"""Errors of `auth`, beyond those of every service.

Titles marked `recognised` are matched by Quilt's web catalogs, with their full stop: keep them to the letter.
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
    title = "Login attempt failed"  # recognised
    slug = "login_failed"


class TooManyLogins(TooManyRequests):
    title = "Too many failed logins; try again in a minute"
    slug = "too_many_logins"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "60"}


class SecondFactorRequired(Unauthenticated):
    title = "The account has a second factor: a code of it is needed as well"
    slug = "second_factor_required"


class SecondFactorRefused(Unauthenticated):
    title = "The code is wrong, or it was used already"
    slug = "second_factor_refused"


class SecondFactorMissing(Forbidden):
    title = "Your account must have a second factor. Sign in to the catalog and set one up"
    slug = "second_factor_missing"


class SecondFactorOff(Forbidden):
    title = "Second factors are switched off here"
    slug = "second_factor_off"


class SecondFactorExists(Conflict):
    title = "Your account has a second factor already; remove it first"
    slug = "second_factor_exists"


class SecondFactorNotFound(NotFound):
    title = "The account has no second factor, or it was begun more than an hour ago"
    slug = "second_factor_not_found"


class WrongCode(Invalid):
    title = "The code is wrong, or it was used already"
    slug = "wrong_code"


class NoPassword(Conflict):
    title = "Your account has no password. Your sign-in provider asks for its own second factor"
    slug = "no_password"


class TooManyConcurrentLogins(TooManyRequests):
    title = "Too many people are signing in at the moment; try again in a few seconds"
    slug = "too_many_concurrent_logins"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "5"}


class TooManyCodes(TooManyRequests):
    title = "Too many wrong codes. Use a recovery code, or try again in an hour"
    slug = "too_many_codes"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "3600"}


class TooManyTries(TooManyRequests):
    title = "Too many wrong codes, links or keys from your address; try again in a minute"
    slug = "too_many_tries"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "60"}


class TooManyMails(TooManyRequests):
    title = "Too many mails were asked for; try again in an hour"
    slug = "too_many_mails"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "3600"}


class PasswordsOff(Forbidden):
    title = "Passwords are switched off here. Use single sign-on"
    slug = "passwords_off"


class ProviderNotFound(NotFound):
    title = "No such sign-in provider"
    slug = "provider_not_found"


class ProviderFailed(Unavailable):
    title = "The sign-in provider is not responding; try again"
    slug = "provider_failed"


class SsoFailed(Unauthenticated):
    title = "Login attempt failed"  # recognised; the reason is in the audit trail
    slug = "sso_failed"


class IdTokenRefused(SsoFailed):
    title = "Login attempt failed"


class AccountUnknown(Unauthenticated):
    title = "User does not exist"  # recognised
    slug = "account_unknown"


class EmailUnverified(Forbidden):
    title = "Your sign-in provider has not verified your e-mail address"
    slug = "email_unverified"


class GovernedBySso(Conflict):
    title = "The SSO configuration decides the roles and rights of this user"
    slug = "governed_by_sso"


class TooManyTools(TooManyRequests):
    title = "Too many tools have registered from your address; try again in an hour"
    slug = "too_many_tools"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "3600"}


class ConnectRefused(AppError):
    title = "The tool's request was refused; `error` is the OAuth error code"
    slug = "connect_refused"

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code

    @override
    def problem(self) -> Problem:
        oauth = {"error": self.code, "error_code": self.code, "error_description": str(self)}
        return ConnectProblem(**super().problem().model_dump(), **oauth)


class GrantRefused(Unauthenticated):
    title = "The code or refresh token is not valid. Log in again"
    slug = "grant_refused"


class TokenReused(GrantRefused):
    title = "This refresh token was replaced earlier, so its session has been ended. Log in again"
    slug = "token_reused"


class ApiKeyInvalid(Unauthenticated):
    title = "The API key is unknown or was revoked"
    slug = "api_key_invalid"


class ApiKeyExpired(Unauthenticated):
    title = "This API key has expired"
    slug = "api_key_expired"


class ApiKeyOwnerInactive(Unauthenticated):
    title = "The owner of this API key has been disabled"
    slug = "api_key_owner_inactive"


class CookieRepeated(Invalid):
    title = "Your browser sent two session cookies. Delete the cookies of this site, and sign in again"
    slug = "cookie_repeated"


class ForeignOrigin(Forbidden):
    title = "Only the pages of this installation's own catalog may do this"
    slug = "foreign_origin"


class SignUpDisabled(Forbidden):
    title = "Signup is disabled."  # recognised
    status, slug = 501, "sign_up_disabled"


class NotInvited(Forbidden):
    title = "Sign-up needs an invitation here. Yours is missing, expired or already used"
    slug = "not_invited"


class DomainRefused(Unauthenticated):
    title = "Addresses of this domain are not allowed here."  # recognised, with the domain
    slug = "domain_refused"


class InvalidUserName(Invalid):
    title = "Invalid username."  # recognised
    slug = "invalid_user_name"


class InvalidEmail(Invalid):
    title = "Invalid email."  # recognised
    slug = "invalid_email"


class NoDefaultRole(Invalid):
    title = "Default role not set"  # recognised
    slug = "no_default_role"


class MailNotConfigured(AppError):
    title = "SMTP settings are invalid: this installation has no mail server."  # recognised
    status, slug = 500, "mail_not_configured"


class ActivationFailed(Unauthenticated):
    title = "The link has expired or was already used"
    slug = "activation_failed"


class ResetLinkInvalid(Unauthenticated):
    title = "Reset token invalid"  # recognised
    slug = "reset_link_invalid"

    @override
    def problem(self) -> Problem:
        # The catalogs of 2020 read `error`, and expect a full stop.
        return QuiltProblem(**super().problem().model_dump(), error=f"{self.title}.")


class ResetNotAllowed(Unauthenticated):
    title = "User not allowed to reset password"  # recognised
    slug = "reset_not_allowed"


class WrongPassword(Invalid):
    title = "The current password is not correct"
    slug = "wrong_password"


class UserNotFound(NotFound):
    title = "No such user"


class RoleNotFound(NotFound):
    title = "No such role"
    slug = "role_not_found"


class ApiKeyNotFound(NotFound):
    title = "No such API key"
    slug = "api_key_not_found"


class TooManyApiKeys(Conflict):
    title = "You have reached the limit of API keys; revoke one first"
    slug = "too_many_api_keys"


class S3KeyPairNotFound(NotFound):
    title = "The API key has no such S3 key pair"
    slug = "s3_key_pair_not_found"


class TooManyS3KeyPairs(Conflict):
    title = "The API key has as many S3 key pairs as it may have; delete one first"
    slug = "too_many_s3_key_pairs"


class SessionNotFound(NotFound):
    title = "No such session, or it has ended"
    slug = "session_not_found"


class NameTaken(Conflict):
    title = "The name is taken"
    slug = "name_taken"


class InvitationNotFound(NotFound):
    title = "There is no such invitation"
    slug = "invitation_not_found"


class EmailTaken(Conflict):
    title = "The e-mail address is taken"
    slug = "email_taken"


class SignUpTaken(NameTaken):
    title = "Username already taken."  # recognised


class SignUpEmailTaken(EmailTaken):
    title = "Email already taken."  # recognised


class PolicyNotFound(NotFound):
    title = "No such policy"
    slug = "policy_not_found"


class RoleInUse(Conflict):
    title = "The role is in use"
    slug = "role_in_use"


class TitleTaken(Conflict):
    title = "The title is taken"
    slug = "title_taken"


class ArnTaken(Conflict):
    title = "There is a policy for that ARN"
    slug = "arn_taken"


class WrongKind(Conflict):
    title = "A policy cannot change between managed and unmanaged"
    slug = "wrong_kind"


class NameReserved(Invalid):
    title = "The name is reserved"
    slug = "name_reserved"


class UnknownPolicy(Invalid):
    title = "The policies named do not exist"
    slug = "unknown_policy"


class TooManyPolicies(Invalid):
    title = "A role has too many policies"
    slug = "too_many_policies"


class SsoConfigNotFound(NotFound):
    title = "There is no SSO configuration"
    slug = "sso_config_not_found"


class SsoConfigRefused(Invalid):
    title = "The SSO configuration is not valid"
    slug = "sso_config_refused"


class NamedBySsoConfig(Conflict):
    title = "The SSO configuration names the role"
    slug = "named_by_sso_config"


class DecidedBySsoConfig(Conflict):
    title = "The SSO configuration decides which role is the default"
    slug = "decided_by_sso_config"


class TooManyPermissions(Invalid):
    title = "A policy names too many buckets"
    slug = "too_many_permissions"


class NotYourself(Forbidden):
    title = "You cannot do this to your own account"
    slug = "not_yourself"


class LastAdministrator(Conflict):
    title = "There would be no administrator left"
    slug = "last_administrator"


class WeakPassword(Invalid):
    title = "Password must be at least 8 characters long."  # recognised
    slug = "weak_password"


class CommonPassword(WeakPassword):
    title = "Password must be harder to guess: it is one of those that are tried first."  # recognised by its beginning


class UnknownRole(Invalid):
    title = "The roles named do not exist"
    slug = "unknown_role"


class NoAccess(Forbidden):
    title = "Your role gives access to no bucket"
    slug = "no_access"


class TooManyBuckets(Forbidden):
    title = "Your role names more buckets than temporary credentials can hold"
    slug = "too_many_buckets"


TRACED = (
    LoginFailed,
    ConnectRefused,
    GrantRefused,
    ApiKeyExpired,
    ApiKeyOwnerInactive,
    ActivationFailed,
    ResetLinkInvalid,
    NotInvited,
    WrongPassword,
    SecondFactorRequired,
    SecondFactorRefused,
    WrongCode,
    SignUpTaken,
    SignUpEmailTaken,
)
"""Errors whose transaction is committed, because it counts an attempt or writes to the audit trail."""
