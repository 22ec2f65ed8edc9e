"""Builds Dockerfiles without a container engine: each stage is a root directory, in which its commands run.

This machine's programs and libraries take the place of base images, read-only, with the Python that runs the tests below
/usr/local. The Dockerfile makes everything else.
"""

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from support.deploy.dockerfiles import Context, Instruction, Stage, arguments_of, filled, stages_of

from localrun.paths import ROOT

OUTSIDE = (
    "PIP_",
    "npm_config_",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "SSL_",
)
"""Variables of this machine for package indexes, which are not set in an image."""
TMP = "/tmp"  # noqa: S108 – of the container
MOUNT_POINTS = ("usr", "usr/local", "etc", "dev", "proc")


def may_mount() -> bool:
    return not subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode


@dataclass
class Root:
    """A stage after its last instruction."""

    path: Path
    stage: Stage
    environment: dict[str, str] = field(default_factory=dict)
    directory: str = "/"
    programs: Path | None = None
    """Directory with further programs that the base image has in /usr."""

    def argv(self, command: list[str], environment: dict[str, str], *, read_only: bool = False) -> list[str]:
        """The command line that runs `command` in a mount namespace and root of its own; `read_only` as the image's user, without privileges."""
        path = shlex.quote(str(self.path))
        mounts = [f"mount --rbind {path} {path}"]
        if self.programs:
            mounts += [f"mount -t overlay overlay -o lowerdir={shlex.quote(str(self.programs))}:/usr {path}/usr"]
        else:
            mounts += [f"mount --rbind /usr {path}/usr"]
        mounts += [f"mount --bind {shlex.quote(sys.base_prefix)} {path}/usr/local"]
        mounts += [
            f"mount --bind /etc {path}/etc",
            f"mount --rbind /dev {path}/dev",
            f"mount --rbind /proc {path}/proc",
        ]
        drop: list[str] = []
        if read_only:
            mounts += [f"mount -o remount,bind,ro {path}/{below}" for below in ("usr", "usr/local", "etc")]
            mounts += [f"mount -o remount,bind,ro {path}", f"mount -t tmpfs -o mode=1777 tmpfs {path}{TMP}"]
            user, _, group = self.stage.last("USER").value.partition(":")
            drop = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs"]
            # A change of the user clears the death signal that the starter set.
            drop += ["--bounding-set=-all", "--inh-caps=-all", "--pdeathsig=KILL"]
        inside = " ".join(shlex.quote(word) for word in command)
        enter = f"cd {shlex.quote(self.directory)} && exec {inside}"
        assigned = [f"{name}={value}" for name, value in {**self.environment, **environment}.items()]
        run = shlex.join(["chroot", str(self.path), "env", "--ignore-environment", *assigned, *drop, "sh", "-c", enter])
        return ["unshare", "--mount", "--propagation", "private", "sh", "-ec", f"{' && '.join(mounts)} && exec {run}"]


class Builder:
    def __init__(self, dockerfile: Path, directory: Path, given: dict[str, str]) -> None:
        self._context = Context(dockerfile)
        self._stages = stages_of(dockerfile)
        self._directory = directory
        self._given = given
        self.roots: dict[str, Root] = {}

    def build(self) -> Root:
        """Carry out every instruction in turn; returns the root of the last stage."""
        for number, stage in enumerate(self._stages):
            root = self._fresh(stage, self._directory / f"stage-{number}")
            self.roots[stage.name] = root
            arguments = arguments_of(stage, self._given)
            for instruction in stage.instructions:
                self._do(instruction, root, arguments)
        return self.roots[self._stages[-1].name]

    def _fresh(self, stage: Stage, path: Path) -> Root:
        for below in (*MOUNT_POINTS, TMP[1:]):
            (path / below).mkdir(parents=True, exist_ok=True)
        (path / TMP[1:]).chmod(0o1777)
        for name in ("bin", "sbin", "lib", "lib64"):
            (path / name).symlink_to(f"usr/{name}")
        programs = None
        if stage.name == "caddy" and (caddy := shutil.which("caddy")):
            programs = self._directory / "programs"
            (programs / "bin").mkdir(parents=True)
            shutil.copy(caddy, programs / "bin" / "caddy")
        path_of_base = "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"
        # Python may have been built for another place than this one.
        return Root(path, stage, {"PATH": path_of_base, "LD_LIBRARY_PATH": "/usr/local/lib"}, programs=programs)

    def _do(self, instruction: Instruction, root: Root, arguments: dict[str, str]) -> None:
        known = {**arguments, **root.environment}
        match instruction.name:
            case "ENV":
                root.environment.update({name: filled(value, known) for name, value in instruction.pairs})
            case "WORKDIR":
                root.directory = filled(instruction.value, known)
                (root.path / root.directory.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "COPY":
                self._copy(instruction, root, known)
            case "RUN":
                outside = {name: value for name, value in os.environ.items() if name.startswith(OUTSIDE)}
                argv = root.argv(["sh", "-ec", instruction.value], {**outside, **arguments})
                done = subprocess.run(argv, capture_output=True, text=True, check=False)
                assert done.returncode == 0, f"RUN {instruction.value}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
            case _:
                pass

    def _copy(self, instruction: Instruction, root: Root, known: dict[str, str]) -> None:
        *sources, target = (filled(word, known) for word in instruction.words)
        to = root.path / os.path.join(root.directory, target).lstrip("/")  # noqa: PTH118 – an absolute one wins
        into = target.endswith("/") or target == "." or len(sources) > 1
        for source in sources:
            if stage := instruction.options.get("from"):
                _copied(self.roots[stage].path / source.lstrip("/"), to)
                continue
            for file in self._context.files(source):
                below = file.relative_to(source) if (ROOT / source).is_dir() else Path(file.name if into else "")
                (to / below).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / file, to / below)


def _copied(source: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, to, symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copy(source, to)
