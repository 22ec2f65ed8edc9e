"""The example bucket, registered through the public API when the data directory is new."""

import http.client
import json
from collections.abc import Callable
from typing import Any

from localrun.system import EXAMPLE_BUCKET, System


def register_example(system: System, say: Callable[[str], None]) -> None:
    """Register the bucket once per data directory, so that it stays away when somebody removes it."""
    done = system.data / "example-registered"
    if done.exists():
        return
    name, password = system.sign_in
    buckets = [system.package_bucket] if system.external.is_given else [EXAMPLE_BUCKET, system.package_bucket]
    registry = f"{system.configuration.reach}:{system.configuration.registry.number}"
    status, answer = _post(registry, "/api/login", {"username": name, "password": password})
    if status != 200:
        say(
            f"Not registering {' and '.join(buckets)}: signing in as {name} failed with status {status}: {_message(answer)}"
        )
        return
    token = str(answer["token"])
    for bucket in buckets:
        status, answer = _post(registry, "/api/v1/buckets", {"name": bucket}, token)
        if status not in {200, 201, 409}:
            say(f"Registering {bucket} failed with status {status}: {_message(answer)}")
            return
    done.touch()


def _message(answer: dict[str, Any]) -> str:
    return str(answer.get("message", ""))


def _post(registry: str, path: str, body: dict[str, str], token: str = "") -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection(registry, timeout=30)
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    try:
        connection.request("POST", path, json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content.startswith(b"{") else {}
    except (OSError, http.client.HTTPException, ValueError) as error:
        return 0, {"message": str(error)}
    finally:
        connection.close()
