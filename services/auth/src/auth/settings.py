from datetime import timedelta
from typing import Literal, Self

from pydantic import BaseModel, Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from auth.sso_settings import ConnectSettings, ProviderSettings, SsoSettings, connect_url_of, split_list
from shared.schemas.patterns import INSTANCE_NAME
from shared.schemas.user import Email
from shared.settings import AwsSettings, DatabaseSettings, PublicSettings, RateSettings, ServiceSettings

MIN_PASSWORD = 8


class AdminSettings(BaseModel):
    """The first administrator, made at start if there is no user."""

    name: str
    """User name."""
    email: str
    """E-mail address."""
    password: SecretStr
    """Password; at least 8 characters in production."""


class MailSettings(BaseModel):
    """The SMTP server that sends our mails, for example that of SES."""

    host: str
    """Host name of the server."""
    port: int = 587
    """Port of the server."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is encrypted."""
    username: str = ""
    """Empty: the server wants no login."""
    password: SecretStr = SecretStr("")
    """Password of the user name."""
    sender: Email
    """Sender address of mails."""
    timeout_seconds: float = 30
    """Longest wait for the server."""


class IamSettings(BaseModel):
    """Management of roles in IAM."""

    manage: bool = False
    """Make IAM roles for roles that name more buckets than a session policy can, and deny the vended credentials of
    disabled users. Needs the IAM permissions that docs/administer/roles.md lists."""
    instance: str = Field("main", pattern=r"^[a-z0-9-]{1,16}$")
    """Distinguishes installations in one AWS account: our roles are called `patchwork-<instance>-<id>`."""
    assumer: str | None = None
    """ARN that assumes the roles, for their trust policies; unset: the identity that STS reports."""
    path: str = Field("/patchwork/", pattern=r"^/([\w+=,.@-]+/)*$")
    """IAM path of our roles and policies."""
    permissions_boundary: str | None = None
    """ARN of the permissions boundary of every role that we make."""
    kms_key_arn: str | None = None
    """ARN of a key that objects may be encrypted with: people's credentials decrypt and encrypt with it, through S3 alone."""


class AuthSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="AUTH_", env_nested_delimiter="__", populate_by_name=True)

    database: DatabaseSettings
    aws: AwsSettings = AwsSettings()
    public: PublicSettings
    rates: RateSettings = RateSettings()
    secret_key: SecretStr
    """Encrypts signing keys and the credential ledger."""
    other_secret_key: SecretStr | None = None
    """Also decrypts, while the key is being changed (docs/operations/rotation.md)."""
    user_role_arn: str = Field(pattern=r"^(arn:[^:]+:iam::\d{12}:role/.+)?$")
    """The role that vended credentials are sessions of: none of them can do more than this role. Empty without STS."""
    sts: bool = True
    """False for a store without STS: `auth` makes credentials then, which only the S3 proxy accepts."""
    service_bucket: str = ""
    """The bucket in which Quilt's web catalogs keep their settings; no role reaches it."""
    user_role_external_id: SecretStr | None = None
    """External id that the trust policy of `user_role_arn` requires."""
    quilt2_bucket: str = ""
    """The bucket of Quilt 2's packages, the same as the registry's setting; `*` in a policy does not mean it."""
    iam: IamSettings = IamSettings()
    admin: AdminSettings | None = None
    default_role: Literal["ReadAll", "none"] = "ReadAll"
    """Role that new users get after the first start of an installation; administrators can change it."""
    sign_up: Literal["open", "invite", "off"] = "off"
    """Sign-up of new people: everybody, only those whom an administrator invited, or nobody."""
    sign_up_domains: frozenset[str] = frozenset()
    """Domains of the e-mail addresses that may sign up; empty: all."""
    user_endpoints: bool = True
    """Serve `/api/users/…`, with which Quilt's clients administer people."""
    instance_name: str = Field("Patchwork", pattern=f"^{INSTANCE_NAME}$")
    """Name of this installation in mails and authenticator apps. Unset: its name in the catalog."""
    password_sign_in: bool = True
    """False: people sign in with single sign-on only."""
    sso: SsoSettings = Field(default_factory=SsoSettings)
    connect: ConnectSettings = Field(default_factory=ConnectSettings)
    mail: MailSettings | None = None
    """Unset: no mail is sent, so nobody can sign up or reset their password."""
    access_token_days: int = 30
    """Life of a client's access token. A client uses one token for a whole push, so it must outlive the longest push."""
    browser_token_minutes: int = 60
    """Life of our own catalog's access token, which its cookie renews."""
    audit_days: int = Field(400, ge=30)
    """Age at which records of the audit trail are deleted."""
    session_days: int = 90
    """Time without renewal after which a session ends."""
    session_max_days: int = Field(365, ge=0)
    """Time after the sign-in at which a session ends, renewed or not; 0: no such end."""
    second_factor: Literal["off", "optional", "administrators", "everybody"] = "optional"
    """Codes of an authenticator app besides passwords: `off`, for those who want them, or demanded of administrators or of
    everybody who signs in with a password. Those of whom they are demanded can do nothing else until they have set them up."""
    security_mails: bool = True
    """Mail people about sign-ins from a new place, new API keys, and changes of their second factor or e-mail address, if
    `AUTH_MAIL__HOST` is set."""

    # Named like the parameters of a Quilt stack.
    google_client_id: str = Field("", validation_alias="GoogleClientId")
    """Client of Google, as `AUTH_SSO__PROVIDERS__GOOGLE__CLIENT_ID`."""
    google_client_secret: SecretStr = Field(SecretStr(""), validation_alias="GoogleClientSecret")
    """Secret of that client."""
    single_sign_on_domains: str = Field("", validation_alias="SingleSignOnDomains")
    """Domains of e-mail addresses that may sign in, separated by commas or spaces."""
    connect_allowed_hosts: str = Field("", validation_alias="ConnectAllowedHosts")
    """Added to `AUTH_CONNECT__ALLOWED_HOSTS`; separated by commas or spaces."""
    provider: Literal["", "quilt", "github"] = ""
    """`github` adds GitHub as a provider."""
    github_client_id: str = Field("", validation_alias="OAUTH_CLIENT_ID_GITHUB")
    """Client of GitHub."""
    github_client_secret: SecretStr = Field(SecretStr(""), validation_alias="OAUTH_CLIENT_SECRET_GITHUB")
    """Secret of that client."""

    @property
    def buckets_outside_star(self) -> frozenset[str]:
        """Buckets that `*` in a policy does not mean: a role must name them."""
        return frozenset({self.quilt2_bucket} - {""})

    @property
    def forbidden_buckets(self) -> frozenset[str]:
        """Buckets that no role may reach."""
        return frozenset({self.service_bucket} - {""})

    @property
    def secret_keys(self) -> list[SecretStr]:
        """Keys that decrypt; the first also encrypts."""
        return [each for each in (self.secret_key, self.other_secret_key) if each]

    @property
    def session_max_life(self) -> timedelta | None:
        return timedelta(days=self.session_max_days) if self.session_max_days else None

    def demands_second_factor(self, *, is_admin: bool) -> bool:
        """True if those who sign in with a password must have a second factor."""
        return self.second_factor == "everybody" or (self.second_factor == "administrators" and is_admin)

    @property
    def issuer(self) -> str:
        return self.public.registry_url

    @property
    def connect_url(self) -> str:
        """Address of the host that tools connect to."""
        return self.connect.url.rstrip("/") or connect_url_of(self.public.catalog_url, self.public.registry_url)

    @model_validator(mode="after")
    def providers_of_a_stack(self) -> Self:
        domains = split_list(self.single_sign_on_domains)
        if self.google_client_id:
            google = ProviderSettings(
                kind="google",
                label="Google",
                client_id=self.google_client_id,
                client_secret=self.google_client_secret,
                domains=domains,
                id_tokens=True,
            )
            self.sso.providers.setdefault("google", google)
        if self.provider == "github":
            github = ProviderSettings(
                kind="github",
                label="GitHub",
                client_id=self.github_client_id,
                client_secret=self.github_client_secret,
                domains=domains,
            )
            self.sso.providers.setdefault("github", github)
        if self.connect_allowed_hosts:
            self.connect.allowed_hosts |= split_list(self.connect_allowed_hosts)
        return self

    @model_validator(mode="after")
    def role_to_assume(self) -> Self:
        if self.sts and not self.user_role_arn:
            raise ValueError("USER_ROLE_ARN must name a role, unless STS is false")
        return self

    @model_validator(mode="after")
    def no_weak_own_secrets(self) -> Self:
        if self.profile == "production":
            if len(self.secret_key.get_secret_value()) < 32:
                raise ValueError("SECRET_KEY must have at least 32 characters outside the development profile")
            if self.admin and len(self.admin.password.get_secret_value()) < MIN_PASSWORD:
                raise ValueError(f"ADMIN__PASSWORD must have at least {MIN_PASSWORD} characters")
            if any(not each.issuer.startswith("https://") for each in self.sso.providers.values()):
                raise ValueError("SSO providers must have TLS outside the development profile")
        return self
