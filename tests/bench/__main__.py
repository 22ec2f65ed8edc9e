"""`python -m tests.bench [NAME…]`: run the benchmarks in this directory, or only those named. `NAME:PART` runs a part of one."""

import argparse
import importlib
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    known = sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))
    parser = argparse.ArgumentParser(
        "python -m tests.bench", description=__doc__, epilog=f"benchmarks: {', '.join(known)}"
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME[:PART]", help="benchmarks to run, separated by commas or blanks (all)"
    )
    chosen = [name for names in parser.parse_args().names for name in names.split(",")] or known
    if unknown := {name.partition(":")[0] for name in chosen} - set(known):
        sys.exit(f"No benchmark {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    sys.path.insert(0, str(HERE.parent))
    for each in chosen:
        name, _, part = each.partition(":")
        module = importlib.import_module(f"{__package__}.{name}")
        print(f"\n## {name}\n\n{(module.__doc__ or '').strip()}\n", flush=True)
        module.main(*[part] if part else [])


if __name__ == "__main__":
    main()
