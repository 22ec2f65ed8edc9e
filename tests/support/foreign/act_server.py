"""Run by a client's own Python, whose libraries it loads once: forks a process for each script that it is asked to run.

A request is a line of JSON on standard input: the number, script, arguments, environment, working directory, and the files that are to be
standard input, output and error output. Its answer on standard output is the number and the exit status. It ends with its standard input.
"""

import json
import os
import runpy
import signal
import sys
from pathlib import Path
from typing import Any

import quilt3  # noqa: F401 – with all that it needs


def main() -> None:
    requests, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.setpgid(0, 0)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # The client reads its environment when it is imported: each process imports it for itself, and finds everything else loaded.
    for name in [name for name in sys.modules if name.partition(".")[0] == "quilt3"]:
        del sys.modules[name]
    with os.fdopen(requests, encoding="utf-8") as lines:
        for line in iter(lines.readline, ""):
            asked = json.loads(line)
            if os.fork() == 0:
                break
        else:
            os.killpg(0, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if child := os.fork():
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.write(answers, f"{json.dumps([asked['number'], status])}\n".encode())
        os._exit(0)
    os.close(answers)
    run(asked)


def run(asked: dict[str, Any]) -> None:
    """Become the script."""
    for number, name, how in (
        (0, "stdin", os.O_RDONLY),
        (1, "stdout", os.O_WRONLY),
        (2, "stderr", os.O_WRONLY),
    ):
        opened = os.open(asked[name], how)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["directory"])
    script = asked["script"]
    sys.argv = [script, *asked["arguments"]]
    sys.path[0] = str(Path(script).parent)
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
