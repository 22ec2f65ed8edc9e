"""Spellings of internal addresses, which every front refuses: they decode to `/internal` or to an address below it."""

INTERNAL_SPELLINGS = [
    "/internal",
    "/internal/",
    "/internal/principal",
    "/internal?a=1",
    "//internal/principal",
    "///internal",
    "/%69nternal/principal",
    "/i%6eternal/principal",
    "/i%6Eternal/principal",
    "/in%74ernal/principal",
    "/int%65rnal/principal",
    "/inte%72nal/principal",
    "/inter%6eal/principal",
    "/intern%61l/principal",
    "/interna%6c/principal",
    "/interna%6C",
    "/%69%6e%74%65%72%6e%61%6c/principal",
    "/%69%6E%74%65%72%6E%61%6C?a=1",
    "/internal%2Fprincipal",
    "/internal%2fprincipal",
    "/%2Finternal/principal",
    "/%2f%69nternal%2fprincipal",
    "/./internal/principal",
    "/%2e/internal/principal",
    "/../internal/principal",
    "/Internal/principal",
    "/INTERNAL/principal",
]
BESIDE_INTERNAL = ["/internals", "/internal-data/key", "/b/internal/x", "/x-internal", "/b/%69nternal", "/interna"]
"""Public addresses that are spelt much the same."""
