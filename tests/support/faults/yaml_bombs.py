"""Short YAML documents that stand for very many values, for the three kinds of text that users write in YAML."""


def merge_bomb(levels: int) -> str:
    """10 to the power of `levels` pairs, by merge keys."""
    lines = ["l0: &l0 {k: v}"]
    lines += [f"l{n}: &l{n} {{<<: [{', '.join([f'*l{n - 1}'] * 10)}]}}" for n in range(1, levels + 1)]
    return "\n".join(lines) + "\n"


def alias_bomb(levels: int) -> str:
    """10 to the power of `levels` values in lists, by aliases."""
    lines = ["l0: &l0 [v]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, levels + 1)]
    return "\n".join(lines) + "\n"


def text_bomb() -> str:
    """Not many values, and each of them is long."""
    return f"long: &long '{'x' * 50_000}'\nmany: [{', '.join(['*long'] * 5_000)}]\n"


BOMBS = {
    **{f"merge keys, {levels} levels": merge_bomb(levels) for levels in range(5, 10)},
    **{f"aliases, {levels} levels": alias_bomb(levels) for levels in (5, 9)},
    "long text": text_bomb(),
}
