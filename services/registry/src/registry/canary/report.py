"""The report of a canary's runs, for auditors: one HTML page that needs nothing else, before it is signed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import pairwise

from shared.schemas.canary import CanaryRun, CanaryStep, CanaryStepName

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid #ccc;padding:.3rem .5rem;text-align:left;vertical-align:top}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}.failed{color:#a00;font-weight:600}.skipped{color:#666}"
)
_WHAT: Mapping[CanaryStepName, str] = {
    "sign-in": "The catalog answers, and an account signs in with its password and gets S3 credentials.",
    "push": "An object is uploaded with these credentials, and a package with it is pushed.",
    "list": "The package and its push are in the listings.",
    "search": "A search finds the push by a word of it.",
    "install": "Pointer, manifest and object are read from S3, and are what was pushed.",
    "refusal": "A caller without a token, and an account without a role, are refused by the registry and by S3.",
    "clean-up": "Pointers, manifest and object are removed.",
}

_END = (
    "<p>The comment at the end of this file is the signature of the installation. "
    "<code>patchwork verify-report FILE</code> checks it.</p></body></html>"
)


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    installation: str
    """Address of the registry."""
    begin: datetime
    end: datetime
    version: str
    """Version of the registry that makes the report."""


def canary_report(period: ReportPeriod, runs: Sequence[CanaryRun]) -> bytes:
    """`runs`: oldest first."""
    passed = sum(run.passed for run in runs)
    facts = {
        "Installation": period.installation,
        "Period": f"{_time(period.begin)} to {_time(period.end)}",
        "Runs": f"{len(runs)}, of which {passed} passed and {len(runs) - passed} failed",
        "Longest time without a run that passed": _longest_gap(period, runs),
        "Made by": f"Patchwork {period.version}",
    }
    parts = [
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Canary report</title>',
        f"<style>{_STYLE}</style></head><body><h1>Canary report</h1>",
        "<p>A program that knows only the public addresses of the installation did what its users do, and recorded what it met.</p>",
        _table(("", ""), [(escape(name), escape(value)) for name, value in facts.items()]),
        "<h2>What each run does</h2>",
        _table(("Step", "What must hold"), [(escape(name), escape(what)) for name, what in _WHAT.items()]),
        "<h2>Runs</h2>",
        _table(
            ("Begun", "Result", "Seconds", "Steps and their seconds", "Versions"),
            [_row(run) for run in runs],
        ),
        _END,
    ]
    return "\n".join(parts).encode()


def _row(run: CanaryRun) -> tuple[str, ...]:
    versions = ", ".join(f"{name} {number}" for name, number in sorted(run.versions.items()))
    result = "passed" if run.passed else '<span class="failed">failed</span>'
    return (
        escape(_time(run.started_at)),
        result,
        f"{run.seconds:.1f}",
        "<br>".join(map(_step, run.steps)),
        escape(versions),
    )


def _step(step: CanaryStep) -> str:
    reason = f": {escape(step.reason)}" if step.reason else ""
    return f'<span class="{step.outcome}">{escape(step.name)} {step.outcome} {step.seconds:.2f}{reason}</span>'


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells that are HTML already."""
    head = "".join(f"<th>{escape(each)}</th>" for each in heads) if any(heads) else ""
    body = "\n".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>\n{body}</table>" if head else f"<table>{body}</table>"


def _longest_gap(period: ReportPeriod, runs: Sequence[CanaryRun]) -> str:
    times = [period.begin, *(run.recorded_at for run in runs if run.passed), period.end]
    longest = max(after - before for before, after in pairwise(times))
    return f"{longest.total_seconds() / 3600:.1f} hours"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
