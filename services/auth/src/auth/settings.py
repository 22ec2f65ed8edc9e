from typing import Literal, Self

from pydantic import BaseModel, Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from auth.sso_settings import ConnectSettings, ProviderSettings, SsoSettings, connect_url_of, split_list
from shared.schemas.user import Email
from shared.settings import AwsSettings, DatabaseSettings, PublicSettings, ServiceSettings

MIN_PASSWORD = 8


class AdminSettings(BaseModel):
    """The first administrator, made when there is no user at all."""

    name: str
    email: str
    password: SecretStr


class MailSettings(BaseModel):
    """The SMTP server that takes our mails, SES's for example."""

    host: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    sender: Email
    """Address that mails are from."""
    timeout_seconds: float = 30


class IamSettings(BaseModel):
    """What we may do in IAM, besides assuming roles."""

    manage: bool = False
    """Make IAM roles for roles that name more buckets than a session policy can, and deny what was vended to those
    who are disabled. Wants the rights that docs/api.md names."""
    instance: str = Field("main", pattern=r"^[a-z0-9-]{1,16}$")
    """Tells apart installations in one account: our roles are `patchwork-<instance>-<id>`."""
    assumer: str | None = None
    """ARN of who assumes the roles, for their trust statements; unset: whom STS says that we are."""
    path: str = Field("/patchwork/", pattern=r"^/([\w+=,.@-]+/)*$")
    permissions_boundary: str | None = None
    """ARN of a policy that bounds every role that we make."""


class AuthSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="AUTH_", env_nested_delimiter="__", populate_by_name=True)

    database: DatabaseSettings
    aws: AwsSettings = AwsSettings()
    public: PublicSettings
    secret_key: SecretStr
    """Encrypts signing keys and the credential ledger."""
    other_secret_key: SecretStr | None = None
    """Decrypts them as well, while the key is being changed (docs/operations/rotation.md)."""
    user_role_arn: str = Field(pattern=r"^(arn:[^:]+:iam::\d{12}:role/.+)?$")
    """The role that vended credentials are sessions of; bounds what any of them can reach. May be empty without STS."""
    sts: bool = True
    """Off for a store that has no STS: `auth` mints credentials then, which the S3 proxy takes and nobody else."""
    service_bucket: str = ""
    """Where Quilt's web catalogs keep their settings: no role reaches it."""
    user_role_external_id: SecretStr | None = None
    """What its trust statement wants to hear, so that it is assumed for nobody else."""
    quilt2_bucket: str = ""
    """Where the objects of packages of Quilt 2 are, as the registry has it: `*` in a policy does not mean this bucket."""
    iam: IamSettings = IamSettings()
    admin: AdminSettings | None = None
    sign_up: Literal["open", "invite", "off"] = "off"
    """Who may make an account for themselves: anybody, those whom an administrator invited, nobody."""
    sign_up_domains: frozenset[str] = frozenset()
    """Of e-mail addresses that may; all when empty."""
    user_endpoints: bool = True
    """Whether Quilt's clients may administer people, at `/api/users/…`."""
    instance_name: str = Field("Patchwork", pattern=r"^[^\x00-\x1f\x7f]{1,60}$")
    """What mails call this installation."""
    password_sign_in: bool = True
    """Off: people sign in with single sign-on only."""
    sso: SsoSettings = Field(default_factory=SsoSettings)
    connect: ConnectSettings = Field(default_factory=ConnectSettings)
    mail: MailSettings | None = None
    """Without it no mail is sent: nobody can sign up or reset their password."""
    access_token_days: int = 30
    """Clients hold one access token for a whole process, so it must outlive the longest push."""
    browser_token_minutes: int = 60
    """Our own catalog renews its token by a cookie, so a short life costs it nothing."""
    audit_days: int = Field(400, ge=30)
    """Rows of the audit trail are deleted when they are older."""
    session_days: int = 90
    """A session ends when it has not been renewed for so long."""

    # As the parameters of a Quilt stack are called.
    google_client_id: str = Field("", validation_alias="GoogleClientId")
    google_client_secret: SecretStr = Field(SecretStr(""), validation_alias="GoogleClientSecret")
    single_sign_on_domains: str = Field("", validation_alias="SingleSignOnDomains")
    connect_allowed_hosts: str = Field("", validation_alias="ConnectAllowedHosts")
    provider: Literal["", "quilt", "github"] = ""
    github_client_id: str = Field("", validation_alias="OAUTH_CLIENT_ID_GITHUB")
    github_client_secret: SecretStr = Field(SecretStr(""), validation_alias="OAUTH_CLIENT_SECRET_GITHUB")

    @property
    def buckets_outside_star(self) -> frozenset[str]:
        """Buckets that `*` in a policy does not mean: a role must name them."""
        return frozenset({self.quilt2_bucket} - {""})

    @property
    def forbidden_buckets(self) -> frozenset[str]:
        """Buckets that no role reaches."""
        return frozenset({self.service_bucket} - {""})

    @property
    def secret_keys(self) -> list[SecretStr]:
        """The first encrypts."""
        return [each for each in (self.secret_key, self.other_secret_key) if each]

    @property
    def issuer(self) -> str:
        return self.public.registry_url

    @property
    def connect_url(self) -> str:
        """Of the host that tools know."""
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
