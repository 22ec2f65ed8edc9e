"""Settings come from the environment, secrets also from files."""

from pathlib import Path

import pytest
from pydantic_settings import SettingsConfigDict

from shared.settings import DatabaseSettings, EnvironmentSettings


class Some(EnvironmentSettings):
    model_config = SettingsConfigDict(env_prefix="SOME_", env_nested_delimiter="__")

    database: DatabaseSettings
    name: str = ""


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    made = tmp_path / "secret"
    made.write_text("p@ss/word\n")
    return made


def test_the_value_of_a_setting_may_be_in_a_file(monkeypatch: pytest.MonkeyPatch, secret: Path) -> None:
    monkeypatch.setenv("SOME_DATABASE__URL", "postgresql+asyncpg://patchwork_auth@postgres:5432/patchwork")
    monkeypatch.setenv("SOME_DATABASE__PASSWORD_FILE", str(secret))
    monkeypatch.setenv("SOME_NAME_FILE", str(secret))
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")  # not ours
    settings = Some()
    assert settings.name == "p@ss/word"
    url = "postgresql+asyncpg://patchwork_auth:p%40ss%2Fword@postgres:5432/patchwork"
    assert settings.database.url.get_secret_value() == url


def test_a_missing_file_of_a_secret_is_named_in_the_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOME_NAME_FILE", str(tmp_path / "missing"))
    with pytest.raises(FileNotFoundError, match="missing"):
        Some()
