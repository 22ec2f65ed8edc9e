"""There is one runtime for each data directory, and it ends exactly the processes that a killed one left."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from localrun.child_processes import before_exec
from localrun.configuration import BadConfiguration, Configuration
from localrun.credentials import SystemSecrets
from localrun.external_services import ExternalServices
from localrun.runtime import AlreadyRunning, end_leftovers, only_one
from localrun.system import SERVICES, InnerPorts, System


@pytest.fixture
def sleeper() -> Iterator[psutil.Process]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], preexec_fn=before_exec())
    yield psutil.Process(process.pid)
    process.kill()
    process.wait()


def test_a_second_runtime_names_the_process_of_the_first(tmp_path: Path) -> None:
    holding = "import sys; from pathlib import Path; from localrun.runtime import only_one\n"
    holding += "with only_one(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", holding, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as first:
        assert first.stdout
        first.stdout.readline()
        with pytest.raises(AlreadyRunning, match=f"process {first.pid} uses"), only_one(tmp_path):
            pass
        first.kill()
    with only_one(tmp_path):
        assert (tmp_path / "lock").read_text() == str(os.getpid())


@pytest.mark.parametrize("ours", [True, False])
def test_leftover_processes_are_recognised_by_their_start_time(
    tmp_path: Path, sleeper: psutil.Process, *, ours: bool
) -> None:
    started = sleeper.create_time() - (0 if ours else 3600)
    record = {"pids": {"auth": sleeper.pid, "gone": 2**22 - 1}, "started": {"auth": started}}
    (tmp_path / "run.json").write_text(json.dumps(record))
    end_leftovers(tmp_path)
    assert (sleeper.status() == psutil.STATUS_ZOMBIE if sleeper.is_running() else True) == ours
    assert not (tmp_path / "run.json").exists()


def test_secrets_are_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    made = SystemSecrets.of(tmp_path)
    assert SystemSecrets.of(tmp_path) == made
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert SystemSecrets() != made
    tokens = [made.internal_token, made.s3proxy_token, made.indexer_token]
    assert min(map(len, [made.postgres, *tokens, made.auth_secret_key, *made.roles.values()])) >= 32


def test_an_older_version_starts_with_the_secrets_of_a_newer_one_and_keeps_its_additions(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    made = SystemSecrets.of(tmp_path)
    newer = {**json.loads(path.read_text()), "token_of_tomorrow": "t", "keys_of_tomorrow": {"a": ["b"]}}
    path.write_text(json.dumps(newer))
    found = SystemSecrets.of(tmp_path)
    assert replace(found, unknown={}) == made
    found.internal_token_before, found.internal_token = found.internal_token, "rotated"
    found.save(tmp_path)
    rotated = {"internal_token": "rotated", "internal_token_before": made.internal_token}
    assert json.loads(path.read_text()) == {**newer, **rotated}


def test_secrets_of_an_older_version_get_what_is_missing(tmp_path: Path) -> None:
    made = SystemSecrets.of(tmp_path)
    path = tmp_path / "secrets.json"
    older = json.loads(path.read_text())
    del older["indexer_token"]
    path.write_text(json.dumps({**older, "token_of_tomorrow": "t"}))
    found = SystemSecrets.of(tmp_path)
    assert (found.postgres, len(found.indexer_token) >= 32) == (made.postgres, True)
    written = json.loads(path.read_text())
    assert (written["indexer_token"], written["token_of_tomorrow"]) == (found.indexer_token, "t")


def test_s3_proxy_and_indexer_get_no_token_but_their_own(tmp_path: Path) -> None:
    secrets = SystemSecrets.of(tmp_path)
    configuration = Configuration.from_environment({"PATCHWORK_DATA": str(tmp_path)})
    system = System(configuration, secrets, InnerPorts(1, 2, 3, 4, 5))
    tokens = {secrets.internal_token, secrets.s3proxy_token, secrets.indexer_token}
    assert len(tokens) == 3
    for service, own in (("s3proxy", secrets.s3proxy_token), ("indexer", secrets.indexer_token)):
        assert tokens & set(system.environment(service).values()) == {own}
    for service in ("auth", "registry"):
        assert tokens <= set(system.environment(service).values())


def test_only_this_machine_may_sign_in_with_the_development_password(tmp_path: Path) -> None:
    secrets = SystemSecrets.of(tmp_path)

    def system_with(**variables: str) -> System:
        environment = {"PATCHWORK_DATA": str(tmp_path), **variables}
        return System(
            Configuration.from_environment(environment), SystemSecrets.of(tmp_path), InnerPorts(1, 2, 3, 4, 5)
        )

    for bind in ("", "127.0.0.1", "127.0.0.9", "::1", "localhost"):
        system = system_with(PATCHWORK_BIND=bind)
        assert system.sign_in == ("admin", "quilt")
        assert system.environment("auth")["AUTH_SIGN_UP"] == "open"
        assert "AUTH_DEFAULT_ROLE" not in system.environment("auth")
    for bind in ("0.0.0.0", "192.0.2.7", "::", "box.example.com"):  # noqa: S104
        system = system_with(PATCHWORK_BIND=bind)
        assert system.sign_in == ("admin", secrets.admin)
        environment = system.environment("auth")
        assert environment["AUTH_ADMIN__PASSWORD"] == secrets.admin
        assert (environment["AUTH_SIGN_UP"], environment["AUTH_DEFAULT_ROLE"]) == ("off", "none")
        chosen = system_with(PATCHWORK_BIND=bind, PATCHWORK_ADMIN_PASSWORD="correct horse battery")
        assert chosen.sign_in == ("admin", "correct horse battery")
        with pytest.raises(BadConfiguration, match="Choose another PATCHWORK_ADMIN_PASSWORD"):
            system_with(PATCHWORK_BIND=bind, PATCHWORK_ADMIN_PASSWORD="quilt")


def test_an_operator_opens_sign_up_on_a_system_that_others_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTH_SIGN_UP", "invite")
    monkeypatch.setenv("AUTH_DEFAULT_ROLE", "ReadAll")
    configuration = Configuration.from_environment({"PATCHWORK_DATA": str(tmp_path), "PATCHWORK_BIND": "192.0.2.7"})
    environment = System(configuration, SystemSecrets(), InnerPorts(1, 2, 3, 4, 5)).environment("auth")
    assert (environment["AUTH_SIGN_UP"], environment["AUTH_DEFAULT_ROLE"]) == ("invite", "ReadAll")


def test_an_env_file_cannot_choose_the_development_password_where_others_reach_the_system(tmp_path: Path) -> None:
    ExternalServices(settings={"AUTH_ADMIN__PASSWORD": "quilt"}, is_given=True).save(tmp_path)
    configuration = Configuration.from_environment({"PATCHWORK_DATA": str(tmp_path), "PATCHWORK_BIND": "192.0.2.7"})
    with pytest.raises(BadConfiguration, match="Choose another AUTH_ADMIN__PASSWORD"):
        assert System(configuration, SystemSecrets(), InnerPorts(1, 2, 3, 4, 5)).sign_in


def test_services_get_their_settings_and_nothing_of_the_users_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody's own")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.test")
    configuration = Configuration.from_environment({"PATCHWORK_DATA": str(tmp_path), "PATCHWORK_HOST": "box.test"})
    system = System(configuration, SystemSecrets(), InnerPorts(1, 2, 3, 4, 5))
    for service in SERVICES:
        environment = system.environment(service)
        assert not {"AWS_ACCESS_KEY_ID", "HTTP_PROXY"} & set(environment)
        prefix = service.upper()
        assert environment[f"{prefix}_PUBLIC__REGISTRY_URL"] == "http://box.test:5000"
        assert environment[f"{prefix}_INTERNAL__AUTH_URL"] == "http://127.0.0.1:3"
    assert "S3PROXY_DATABASE__URL" not in system.environment("s3proxy")
    assert "patchwork_indexer:" in system.environment("indexer")["INDEXER_DATABASE__URL"]
