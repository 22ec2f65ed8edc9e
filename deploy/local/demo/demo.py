"""`make demo`: push real packages with the real client, as a user would, and print commands to try.

The client keeps its configuration and credentials in a home of its own below the data directory, so a quilt3 that is
already set up on this machine is left alone; two small commands there run the client with that home.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, NoReturn

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CATALOG = os.environ.get("PATCHWORK_CATALOG_URL", "http://localhost:3000")
REGISTRY = os.environ.get("PATCHWORK_REGISTRY_URL", "http://localhost:5000")
S3 = os.environ.get("AWS_ENDPOINT_URL", "http://localhost:5001")
USER = os.environ.get("PATCHWORK_USER", "admin")
PASSWORD = os.environ.get("PATCHWORK_PASSWORD", "quilt")
BUCKET = os.environ.get("PATCHWORK_BUCKET", "quilt-example")
HOME = Path(os.environ.get("PATCHWORK_DATA") or ROOT / ".patchwork").absolute() / "demo"


def main() -> int:
    code = _sign_in()
    environment = _make_home()
    pushing = subprocess.run(
        [sys.executable, str(HERE / "push.py")], input=code + "\n", text=True, env=environment, check=False
    )
    if pushing.returncode == 0:
        _print_commands_to_try()
    return pushing.returncode


def _sign_in() -> str:
    """Sign in as the browser does, and get the one-time code that `quilt3 login` asks for."""
    token = _request("/api/login", {"username": USER, "password": PASSWORD})["token"]
    return str(_request("/api/code", token=token)["code"])


def _request(path: str, body: dict[str, str] | None = None, token: str = "") -> dict[str, Any]:
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(REGISTRY + path, data, headers)  # noqa: S310 – our own address
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        if error.code == 401:
            _stop(f"{REGISTRY} refuses the sign-in of {USER}; set PATCHWORK_USER and PATCHWORK_PASSWORD.")
        _stop(f"{REGISTRY}{path} answered {error.code}: {error.read(500).decode(errors='replace')}")
    except (OSError, ValueError) as error:
        _stop(f"No Patchwork answers at {REGISTRY} ({error}). Start it in another terminal: make up")


def _stop(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    sys.exit(1)


def _make_home() -> dict[str, str]:
    """Create `HOME` with commands that run a client in it; returns the client's environment."""
    private = {
        "HOME": str(HOME),
        "XDG_DATA_HOME": str(HOME / "share"),
        "XDG_CACHE_HOME": str(HOME / "cache"),
        "XDG_CONFIG_HOME": str(HOME / "config"),
        "AWS_ENDPOINT_URL": S3,
    }
    HOME.mkdir(parents=True, exist_ok=True)
    for command in ("quilt3", "python"):
        settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in private.items())
        program = shlex.quote(str(Path(sys.executable).parent / command))
        script = HOME / command
        script.write_text(f'#!/bin/sh\nunset AWS_PROFILE\nexec env {settings} {program} "$@"\n')
        script.chmod(0o755)
    inherited = {name: value for name, value in os.environ.items() if name != "AWS_PROFILE"}
    return {**inherited, **private, "PATCHWORK_CATALOG_URL": CATALOG, "PATCHWORK_BUCKET": BUCKET}


def _typed(path: Path) -> str:
    """The shortest form of the path in a shell in this directory."""
    return shlex.quote(os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path))


def _print_commands_to_try() -> None:
    quilt3, python = _typed(HOME / "quilt3"), _typed(HOME / "python")
    password = PASSWORD if PASSWORD == "quilt" else "<password>"  # noqa: S105 – the development default
    sign_in = json.dumps({"username": USER, "password": password})
    packages = f"{REGISTRY}/api/v1/buckets/{BUCKET}/packages"
    print(f"""
Web catalog       {CATALOG}
JSON API          {REGISTRY}/api/v1/buckets   (documented at {REGISTRY}/docs)
System health     {REGISTRY}/healthz

Try it. {quilt3} is the real client with a home of its own; your ~ is left alone.

  {quilt3} list-packages s3://{BUCKET}
  {quilt3} install demo/weather --registry s3://{BUCKET} --dest weather
  {python} -c 'import quilt3; print(*(hit["_source"]["key"] for hit in quilt3.search("drizzle")), sep="\\n")'
  {python} -c 'import quilt3; print(quilt3.Package.browse("demo/weather", "s3://{BUCKET}"))'

  TOKEN=$(curl -s {REGISTRY}/api/login -H 'Content-Type: application/json' -d '{sign_in}' \\
    | python3 -c 'import json, sys; print(json.load(sys.stdin)["token"])')
  curl -s -H "Authorization: Bearer $TOKEN" {packages} | python3 -m json.tool
  curl -s -H "Authorization: Bearer $TOKEN" '{REGISTRY}/api/v1/search?q=drizzle' | python3 -m json.tool

With a quilt3 of your own (this changes its configuration):

  export AWS_ENDPOINT_URL={S3}
  quilt3 config {CATALOG}
  quilt3 login      # opens the browser, sign in as {USER}; paste the code""")


if __name__ == "__main__":
    argparse.ArgumentParser(
        "demo.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    sys.exit(main())
