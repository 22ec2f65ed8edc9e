"""`python -m tests.bench [NAME…]`: run the benchmarks in this directory, or only those named. `NAME:PART` runs a part of one."""

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    known = sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))
    chosen = [name for argument in sys.argv[1:] for name in argument.split(",")] or known
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
