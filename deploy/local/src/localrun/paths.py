"""Where the source tree is: the runtime always runs from one."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
