"""Settings of Quilt 2 installations, and the settings here that correspond to them.

`patchwork up --env-file FILE` starts the system from the env file that a Quilt 2 registry ran with.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from urllib.parse import urlsplit

Converter = Callable[[str], str]

OURS = ("PATCHWORK_", "AUTH_", "REGISTRY_", "INDEXER_", "S3PROXY_")
"""Prefixes of our own settings, which are taken without translation."""


class BadValue(Exception):
    """A variable has an invalid value; the message says what is wrong."""


def as_text(value: str) -> str:
    return value


def as_flag(value: str) -> str:
    """A truth value. Quilt 2 took every text for true, even `false`; here `false` means false."""
    word = value.strip().lower()
    if word in {"true", "1", "yes", "on"}:
        return "true"
    if word in {"false", "0", "no", "off"}:
        return "false"
    raise BadValue(f"{value} must be true or false")


def as_number(value: str) -> str:
    if not value.strip().isdecimal() or int(value) <= 0:
        raise BadValue(f"{value} must be a positive whole number")
    return str(int(value))


def as_url(value: str) -> str:
    parts = urlsplit(value.strip().rstrip("/"))
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadValue(f"{value} must be an http or https URL")
    return parts.geturl()


def as_endpoint(value: str) -> str:
    """A URL from `host`, `host:port` or a URL. Without a scheme it is https, or http on this machine and on unusual ports."""
    text = value.strip().rstrip("/")
    if "://" not in text:
        is_plain = urlsplit(f"//{text}").hostname in LOCAL or urlsplit(f"//{text}").port not in {None, 443}
        text = f"{'http' if is_plain else 'https'}://{text}"
    return as_url(text)


def as_database(value: str) -> str:
    """A database URL in libpq's form."""
    scheme, _, rest = value.strip().partition("://")
    if scheme.partition("+")[0] not in {"postgres", "postgresql"} or not urlsplit(f"//{rest}").path.strip("/"):
        raise BadValue("it must have the form postgresql://user:password@host:port/database")
    return f"postgresql://{rest}"


def as_address(value: str) -> str:
    """The address in `Quilt <quilt@example.com>`, or in the address alone."""
    _, address = parseaddr(value)
    if "@" not in address:
        raise BadValue(f"{value} must be an e-mail address")
    return address


def as_sign_up(value: str) -> str:
    return "off" if as_flag(value) == "true" else "open"


def as_security(value: str) -> str:
    return "starttls" if as_flag(value) == "true" else "none"


def as_provider(value: str) -> str:
    if value not in {"quilt", "github"}:
        raise BadValue(f"{value} must be quilt or github")
    return value


LOCAL = frozenset({"localhost", "127.0.0.1", "s3"})
"""Hosts that mean this machine; `s3` is the store in Quilt 2's compose file."""

ALIASES: dict[str, dict[str, Converter]] = {
    "QUILT_SECRET_KEY": {"AUTH_SECRET_KEY": as_text},
    "REGISTRY_URL": {"PATCHWORK_REGISTRY_URL": as_url},
    "CATALOG_URL": {"PATCHWORK_CATALOG_URL": as_url},
    "SQLALCHEMY_DATABASE_URI": {"PATCHWORK_DATABASE_URL": as_database},
    "S3_ENDPOINT": {"PATCHWORK_S3_ENDPOINT": as_endpoint},
    "PACKAGE_BUCKET_NAME": {"REGISTRY_QUILT2__BUCKET": as_text, "AUTH_QUILT2_BUCKET": as_text},
    "PACKAGE_URL_EXPIRATION": {"REGISTRY_QUILT2__URL_SECONDS": as_number},
    "AWS_ACCESS_KEY_ID": {"PATCHWORK_S3_ACCESS_KEY_ID": as_text},
    "AWS_SECRET_ACCESS_KEY": {"PATCHWORK_S3_SECRET_ACCESS_KEY": as_text},
    "AWS_DEFAULT_REGION": {"PATCHWORK_S3_REGION": as_text},
    "AWS_REGION": {"PATCHWORK_S3_REGION": as_text},
    "QUILT_DEFAULT_SENDER": {"AUTH_MAIL__SENDER": as_address},
    "SMTP_HOST": {"AUTH_MAIL__HOST": as_text},
    "SMTP_PORT": {"AUTH_MAIL__PORT": as_number},
    "SMTP_USERNAME": {"AUTH_MAIL__USERNAME": as_text},
    "SMTP_PASSWORD": {"AUTH_MAIL__PASSWORD": as_text},
    "SMTP_USE_TLS": {"AUTH_MAIL__SECURITY": as_security},
    "AUTH_PROVIDER": {"AUTH_PROVIDER": as_provider},
    "OAUTH_CLIENT_ID_GITHUB": {"OAUTH_CLIENT_ID_GITHUB": as_text},
    "OAUTH_CLIENT_SECRET_GITHUB": {"OAUTH_CLIENT_SECRET_GITHUB": as_text},
    "TEAM_ID": {"REGISTRY_QUILT2__TEAM": lambda _: "true"},
    "TEAM_NAME": {"AUTH_INSTANCE_NAME": as_text},
    "ALLOW_ANONYMOUS_ACCESS": {"REGISTRY_QUILT2__ANONYMOUS": as_flag},
    "ALLOW_TEAM_ACCESS": {"REGISTRY_QUILT2__TEAM": as_flag},
    "DISABLE_SIGNUP": {"AUTH_SIGN_UP": as_sign_up},
    "ENABLE_USER_ENDPOINTS": {"AUTH_USER_ENDPOINTS": as_flag, "REGISTRY_QUILT2__USER_ENDPOINTS": as_flag},
}
"""Our settings for each variable of Quilt 2, with their converters. When two variables give one setting, the later one counts."""

IGNORED = {
    "ALLOW_INSECURE_CATALOG_ACCESS": "the catalog's URL may be http or https",
    "ALWAYS_REQUIRES_AUTH": "ALLOW_ANONYMOUS_ACCESS decides",
    "DEPLOYMENT_ID": "no usage data is sent",
    "FLASK_APP": "the services do not use Flask",
    "MAIL_DEV": "without SMTP_HOST mails are kept in the data directory",
    "MIXPANEL_PROJECT_TOKEN": "no usage data is sent",
    "MIXPANEL_TOKEN": "no usage data is sent",
    "OAUTH_CLIENT_ID_QUILT": "the service for accounts is part of the system",
    "OAUTH_CLIENT_SECRET_QUILT": "the service for accounts is part of the system",
    "QUILT_AUTH_URL": "the service for accounts is part of the system",
    "QUILT_SERVER_CONFIG": "this file is the only configuration",
    "SENTRY_DSN": "errors are in the logs",
    "STRIPE_KEY": "there are no payments",
    "STRIPE_SECRET_KEY": "there are no payments",
    "UWSGI_CHEAPER": "the services do not use uWSGI",
    "UWSGI_PROCESSES": "the services do not use uWSGI",
}
"""Variables that have no effect, and the reason."""

MIN_SECRET_CHARACTERS = 32


@dataclass
class Translation:
    settings: dict[str, str] = field(default_factory=dict)
    """Values of our settings."""
    ignored: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    wrong: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Notes for the person who gave the file."""
        return [
            *(f"{name} is ignored: {why}" for name, why in self.ignored.items()),
            *(f"{name} is unknown and ignored" for name in self.unknown),
            *self.warnings,
        ]


def translate(given: Mapping[str, str | None]) -> Translation:
    """Translate the variables of an env file. Variables with an empty value are ignored."""
    made = Translation()
    filled = {name: value for name, value in given.items() if value}
    for name in [*(each for each in ALIASES if each in filled), *(each for each in filled if each not in ALIASES)]:
        value = filled[name]
        if name in ALIASES:
            try:
                made.settings |= {ours: convert(value) for ours, convert in ALIASES[name].items()}
            except (BadValue, ValueError) as error:
                made.wrong[name] = str(error)
        elif name in IGNORED:
            made.ignored[name] = IGNORED[name]
        elif name.startswith(OURS):
            made.settings[name] = value
        else:
            made.unknown.append(name)
    _complete(made)
    return made


def _complete(made: Translation) -> None:
    settings = made.settings
    if settings.get("AUTH_MAIL__PORT") == "465" and settings.get("AUTH_MAIL__SECURITY") != "none":
        settings["AUTH_MAIL__SECURITY"] = "tls"
    if "AUTH_MAIL__HOST" not in settings:
        for name in [each for each in settings if each.startswith("AUTH_MAIL__") and each != "AUTH_MAIL__SENDER"]:
            del settings[name]
    elif "AUTH_MAIL__SENDER" not in settings:
        made.wrong["QUILT_DEFAULT_SENDER"] = "it is missing, and mails need a sender"
    secret = settings.get("AUTH_SECRET_KEY", "")
    if secret and len(secret) < MIN_SECRET_CHARACTERS:
        made.warnings.append(
            f"QUILT_SECRET_KEY has fewer than {MIN_SECRET_CHARACTERS} characters, so it can be guessed"
        )
