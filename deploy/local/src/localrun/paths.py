"""The root of the source tree, from which the runtime always runs."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
