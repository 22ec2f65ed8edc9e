"""Command line programs that read packages as an S3 endpoint; each function checks what the program answers, and says what it did."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from support.foreign.tools.awkward_package import LARGE, Expected, read_folder
from support.foreign.tools.programs import Shell


@dataclass(frozen=True)
class Place:
    """Where a package is read: a prefix of a bucket at an endpoint, with credentials in `variables`."""

    name: str
    endpoint: str
    bucket: str
    prefix: str
    variables: dict[str, str]

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"


def use_awscli(shell: Shell, place: Place, expected: Expected) -> list[str]:
    listed = shell.run("aws", "s3", "ls", place.url, "--recursive")
    assert {key.removeprefix(place.prefix): size for key, size in _sizes(listed).items()} == expected.sizes
    here = shell.run("aws", "s3", "ls", place.url)
    assert re.findall(r"PRE (.*)/$", here, re.MULTILINE) == _folders(expected)
    shell.run("aws", "s3", "cp", place.url, "copied", "--recursive", "--only-show-errors")
    read_folder(shell.folder / "copied").must_equal(expected)
    shell.run("aws", "s3", "sync", place.url, "synced", "--only-show-errors")
    read_folder(shell.folder / "synced").must_equal(expected)
    assert shell.run("aws", "s3", "sync", place.url, "synced").strip() == ""
    shell.run("aws", "s3", "cp", f"{place.url}emoji 🍷/größe – naïve.txt", "one.txt")
    assert (shell.folder / "one.txt").read_bytes() == (shell.folder / "copied/emoji 🍷/größe – naïve.txt").read_bytes()
    return ["ls, ls --recursive", "cp, cp --recursive", "sync, and a second one that copies nothing"]


def _sizes(listed: str) -> dict[str, int]:
    """Lines of date, time, size and key."""
    columns = [line.split(maxsplit=3) for line in listed.splitlines()]
    return {key: int(size) for _, _, size, key in columns}


def _folders(expected: Expected) -> list[str]:
    return sorted({key.split("/")[0] for key in expected.sizes if "/" in key}, key=str.encode)


def use_s5cmd(shell: Shell, place: Place, expected: Expected) -> list[str]:
    s5cmd = ("s5cmd", "--endpoint-url", place.endpoint)
    listed = shell.run(*s5cmd, "ls", f"{place.url}*")
    assert _sizes(listed) == expected.sizes
    shell.run(*s5cmd, "cp", f"{place.url}*", "copied/")
    read_folder(shell.folder / "copied").must_equal(expected)
    shell.run(*s5cmd, "sync", f"{place.url}*", "copied/")
    assert shell.run(*s5cmd, "cat", f"{place.url}percent/a%20b.txt") == "The content of percent/a%20b.txt\n"
    shell.run(*s5cmd, "cp", "--concurrency", "8", "--part-size", "5", f"{place.url}{LARGE}", "large")
    assert (shell.folder / "large").stat().st_size == expected.sizes[LARGE]
    return ["ls, cat", "cp of everything, and of a large file in 8 parts", "sync"]


def use_rclone(shell: Shell, place: Place, expected: Expected) -> list[str]:
    shell = Shell(shell.folder, {**shell.variables, **rclone_variables(place)})
    there = f"packages:{place.bucket}/{place.prefix.rstrip('/')}"
    listed = shell.run("rclone", "lsf", "--recursive", "--files-only", "--format", "ps", "--separator", "\t", there)
    assert {key: int(size) for key, size in (line.split("\t") for line in listed.splitlines())} == expected.sizes
    folders = shell.run("rclone", "lsf", "--dirs-only", there).splitlines()
    assert sorted(folders, key=str.encode) == [f"{name}/" for name in _folders(expected)]
    shell.run("rclone", "copy", there, "copied")
    read_folder(shell.folder / "copied").must_equal(expected)
    for options in ([], ["--download"], ["--fast-list"]):
        said = shell.attempt("rclone", "check", *options, there, "copied")
        assert said.returncode == 0, said.stderr
        assert "0 differences found" in said.stderr
    (shell.folder / "copied" / "a.txt").write_text("The content of a.TXT\n")
    said = shell.attempt("rclone", "check", "--download", there, "copied")
    assert "1 differences found" in said.stderr
    return ["lsf", "copy", "check, check --download, --fast-list"]


def mount_by(program: str, place: Place) -> tuple[dict[str, str], list[str]]:
    """Variables and arguments of a mount in the foreground; the folder follows."""
    where = f"{place.bucket}/{place.prefix.rstrip('/')}"
    if program == "rclone":
        return rclone_variables(place), ["mount", "--read-only", f"packages:{where}"]
    keys = {
        "AWSACCESSKEYID": "AWS_ACCESS_KEY_ID",
        "AWSSECRETACCESSKEY": "AWS_SECRET_ACCESS_KEY",
        "AWSSESSIONTOKEN": "AWS_SESSION_TOKEN",
    }
    variables = {theirs: place.variables[ours] for theirs, ours in keys.items() if ours in place.variables}
    options = f"ro,use_path_request_style,url={place.endpoint},endpoint={place.variables['AWS_REGION']}"
    return variables, ["-f", "-o", options, where.replace("/", ":/", 1)]


def rclone_variables(place: Place) -> dict[str, str]:
    given = {
        "TYPE": "s3",
        "PROVIDER": "Other",
        "ENV_AUTH": "true",
        "ENDPOINT": place.endpoint,
        "REGION": place.variables["AWS_REGION"],
    }
    return {f"RCLONE_CONFIG_PACKAGES_{name}": value for name, value in given.items()}


COMMANDS: dict[str, Callable[[Shell, Place, Expected], list[str]]] = {
    "awscli": use_awscli,
    "s5cmd": use_s5cmd,
    "rclone": use_rclone,
}
PROGRAMS = {"awscli": "aws"}
