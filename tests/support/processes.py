import psutil


def command_line(process: psutil.Process) -> str:
    """The words of the command that runs; empty once it has ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # a zombie, too
        return ""
