"""Settings of Quilt 2 installations are translated."""

from pathlib import Path

import pytest

from localrun.configuration import BadConfiguration
from localrun.external_services import ExternalS3, ExternalServices
from localrun.setting_aliases import ALIASES, IGNORED, translate

KNOWN = [
    ("QUILT_SECRET_KEY=" + "s" * 32, {"AUTH_SECRET_KEY": "s" * 32}),
    ("REGISTRY_URL=http://registry.example.com:5000/", {"PATCHWORK_REGISTRY_URL": "http://registry.example.com:5000"}),
    ("CATALOG_URL=https://quilt.example.com", {"PATCHWORK_CATALOG_URL": "https://quilt.example.com"}),
    ("SQLALCHEMY_DATABASE_URI=postgresql://u:p@db/quilt", {"PATCHWORK_DATABASE_URL": "postgresql://u:p@db/quilt"}),
    (
        "SQLALCHEMY_DATABASE_URI=postgresql+psycopg2://u:p@db:5433/q",
        {"PATCHWORK_DATABASE_URL": "postgresql://u:p@db:5433/q"},
    ),
    ("S3_ENDPOINT=http://store:9000", {"PATCHWORK_S3_ENDPOINT": "http://store:9000"}),
    ("S3_ENDPOINT=store:9000", {"PATCHWORK_S3_ENDPOINT": "http://store:9000"}),
    ("S3_ENDPOINT=store:443", {"PATCHWORK_S3_ENDPOINT": "https://store:443"}),
    ("S3_ENDPOINT=s3.eu-west-1.amazonaws.com", {"PATCHWORK_S3_ENDPOINT": "https://s3.eu-west-1.amazonaws.com"}),
    ("S3_ENDPOINT=localhost", {"PATCHWORK_S3_ENDPOINT": "http://localhost"}),
    ("PACKAGE_BUCKET_NAME=wines", {"REGISTRY_QUILT2__BUCKET": "wines", "AUTH_QUILT2_BUCKET": "wines"}),
    ("PACKAGE_URL_EXPIRATION=3600", {"REGISTRY_QUILT2__URL_SECONDS": "3600"}),
    ("AWS_ACCESS_KEY_ID=AKIA", {"PATCHWORK_S3_ACCESS_KEY_ID": "AKIA"}),
    ("AWS_SECRET_ACCESS_KEY='a secret'", {"PATCHWORK_S3_SECRET_ACCESS_KEY": "a secret"}),
    ("QUILT_DEFAULT_SENDER=Quilt <quilt@example.com>", {"AUTH_MAIL__SENDER": "quilt@example.com"}),
    (
        "SMTP_HOST=mail\nSMTP_PORT=2525\nSMTP_USERNAME=u\nSMTP_PASSWORD=p\nSMTP_USE_TLS=false\nQUILT_DEFAULT_SENDER=a@b.c",
        {
            "AUTH_MAIL__HOST": "mail",
            "AUTH_MAIL__PORT": "2525",
            "AUTH_MAIL__USERNAME": "u",
            "AUTH_MAIL__PASSWORD": "p",
            "AUTH_MAIL__SECURITY": "none",
            "AUTH_MAIL__SENDER": "a@b.c",
        },
    ),
    (
        "SMTP_HOST=mail\nSMTP_PORT=465\nQUILT_DEFAULT_SENDER=a@b.c",
        {
            "AUTH_MAIL__HOST": "mail",
            "AUTH_MAIL__PORT": "465",
            "AUTH_MAIL__SECURITY": "tls",
            "AUTH_MAIL__SENDER": "a@b.c",
        },
    ),
    ("SMTP_PASSWORD=p", {}),
    ("AUTH_PROVIDER=github", {"AUTH_PROVIDER": "github"}),
    ("OAUTH_CLIENT_ID_GITHUB=id", {"OAUTH_CLIENT_ID_GITHUB": "id"}),
    ("OAUTH_CLIENT_SECRET_GITHUB=secret", {"OAUTH_CLIENT_SECRET_GITHUB": "secret"}),
    ("TEAM_ID=wine\nTEAM_NAME=Wine & Co", {"REGISTRY_QUILT2__TEAM": "true", "AUTH_INSTANCE_NAME": "Wine & Co"}),
    ("TEAM_ID=wine\nALLOW_TEAM_ACCESS=0", {"REGISTRY_QUILT2__TEAM": "false"}),
    ("ALLOW_ANONYMOUS_ACCESS=false", {"REGISTRY_QUILT2__ANONYMOUS": "false"}),
    ("ALLOW_ANONYMOUS_ACCESS=1", {"REGISTRY_QUILT2__ANONYMOUS": "true"}),
    ("ALLOW_ANONYMOUS_ACCESS=", {}),
    ("DISABLE_SIGNUP=true", {"AUTH_SIGN_UP": "off"}),
    (
        "ENABLE_USER_ENDPOINTS=true",
        {"AUTH_USER_ENDPOINTS": "true", "REGISTRY_QUILT2__USER_ENDPOINTS": "true"},
    ),
    ("# a comment\nexport AUTH_ADMIN__NAME=amy", {"AUTH_ADMIN__NAME": "amy"}),
]
WRONG = [
    "REGISTRY_URL=registry",
    "SQLALCHEMY_DATABASE_URI=sqlite:///packages.db",
    "SQLALCHEMY_DATABASE_URI=postgresql://u:p@db",
    "SMTP_HOST=mail",
    "SMTP_PORT=many",
    "ALLOW_ANONYMOUS_ACCESS=perhaps",
    "QUILT_DEFAULT_SENDER=nobody",
    "AUTH_PROVIDER=okta",
    "S3_ENDPOINT=http://store:9000",
]


def read(tmp_path: Path, text: str, s3_port: int = 5001) -> tuple[ExternalServices, dict[str, str], list[str]]:
    path = tmp_path / "registry.env"
    path.write_text(text)
    return ExternalServices.of_file(path, s3_port)


@pytest.mark.parametrize(("text", "wanted"), KNOWN, ids=[text.partition("\n")[0] for text, _ in KNOWN])
def test_settings_of_quilt_2_are_translated(text: str, wanted: dict[str, str]) -> None:
    lines = [line.removeprefix("export ").partition("=") for line in text.splitlines() if not line.startswith("#")]
    made = translate({name: value.strip("'") for name, _, value in lines})
    assert (made.settings, made.wrong) == (wanted, {})


@pytest.mark.parametrize("text", WRONG)
def test_the_variable_with_a_wrong_value_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadConfiguration):
        read(tmp_path, text)


def test_variables_without_effect_are_reported_as_ignored(tmp_path: Path) -> None:
    _, _, notes = read(tmp_path, "QUILT_SERVER_CONFIG=env_config.py\nQUILT_WHATEVER=1\nQUILT_SECRET_KEY=testing\n")
    assert notes[0] == "QUILT_SERVER_CONFIG is ignored: this file is the only configuration"
    assert notes[1] == "QUILT_WHATEVER is unknown and ignored"
    assert notes[2].startswith("QUILT_SECRET_KEY has fewer than 32 characters")
    assert not ALIASES.keys() & IGNORED.keys()


def test_quilt_2s_own_compose_file_means_the_s3_of_this_machine(tmp_path: Path) -> None:
    keys = "AWS_ACCESS_KEY_ID=fake\nAWS_SECRET_ACCESS_KEY=fake\n"
    assert read(tmp_path, f"S3_ENDPOINT=http://s3:5001\n{keys}")[0].s3 is None
    assert read(tmp_path, f"S3_ENDPOINT=localhost:5001\n{keys}")[0].s3 is None
    assert read(tmp_path, f"S3_ENDPOINT=http://s3:5001\n{keys}", s3_port=6001)[0].s3 is None
    outside, _, _ = read(tmp_path, f"S3_ENDPOINT=http://store:5001\n{keys}")
    assert outside.s3 == ExternalS3("http://store:5001", "us-east-1", "fake", "fake")
    assert outside.bucket == "package"


def test_a_public_host_makes_the_system_listen_on_all_addresses(tmp_path: Path) -> None:
    _, here, _ = read(tmp_path, "REGISTRY_URL=https://registry.example.com\nCATALOG_URL=https://quilt.example.com")
    assert (here["PATCHWORK_HOST"], here["PATCHWORK_BIND"]) == ("registry.example.com", "0.0.0.0")  # noqa: S104
    assert "PATCHWORK_BIND" not in read(tmp_path, "REGISTRY_URL=http://localhost:5000")[1]


def test_the_env_file_is_stored_for_other_commands(tmp_path: Path) -> None:
    keys = "AWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY=b\nS3_ENDPOINT=store:9000\nPACKAGE_BUCKET_NAME=wines"
    outside, _, _ = read(tmp_path, keys)
    outside.save(tmp_path)
    assert ExternalServices.kept(tmp_path) == outside
    assert outside.of("registry") == {"REGISTRY_QUILT2__BUCKET": "wines"}
    assert ExternalServices.kept(tmp_path / "none") == ExternalServices()
