"""The language of a text for highlight.js, by the file's name or its first line."""

import re

LANGUAGES = {
    "ada": ".adb .ads",
    "asciidoc": ".adoc .asciidoc",
    "awk": ".awk",
    "bash": ".sh .bash .zsh .ksh .bashrc .profile .sbatch .slurm",
    "c": ".c",
    "clojure": ".clj .cljs .cljc .edn",
    "cmake": ".cmake cmakelists.txt",
    "cpp": ".cc .cpp .cxx .h .hh .hpp .hxx .cu .cuh .ino",
    "crystal": ".cr",
    "csharp": ".cs",
    "css": ".css",
    "d": ".d",
    "dart": ".dart",
    "delphi": ".pas .dpr",
    "diff": ".diff .patch",
    "dockerfile": "dockerfile containerfile .dockerfile",
    "elixir": ".ex .exs",
    "elm": ".elm",
    "erlang": ".erl .hrl",
    "fortran": ".f .f77 .f90 .f95 .f03 .for",
    "fsharp": ".fs .fsx",
    "go": ".go",
    "gradle": ".gradle",
    "graphql": ".graphql .gql",
    "groovy": ".groovy .nf jenkinsfile",
    "haskell": ".hs",
    "http": ".http",
    "ini": ".ini .cfg .conf .properties .editorconfig .env",
    "toml": ".toml",
    "java": ".java",
    "javascript": ".js .mjs .cjs .jsx",
    "json": ".json .jsonld .webmanifest .ipynb .geojson .jsonl .ndjson .topojson .cwl.json",
    "julia": ".jl",
    "kotlin": ".kt .kts",
    "latex": ".tex .sty .cls .bib",
    "less": ".less",
    "lisp": ".lisp .el .lsp",
    "lua": ".lua",
    "makefile": "makefile gnumakefile .mk .mak",
    "markdown": ".md .markdown .rmd .qmd .mdx",
    "mathematica": ".wl .nb",
    "matlab": ".m .mlx",
    "nginx": "nginx.conf",
    "nim": ".nim",
    "nix": ".nix",
    "objectivec": ".mm",
    "ocaml": ".ml .mli",
    "perl": ".pl .pm",
    "php": ".php",
    "plaintext": ".txt .text .log .out .err",
    "powershell": ".ps1 .psm1",
    "prolog": ".pro",
    "protobuf": ".proto",
    "puppet": ".pp",
    "python": ".py .pyi .pyw .pyx .bzl snakefile .smk sconstruct wscript",
    "r": ".r .rprofile",
    "ruby": ".rb .rake rakefile gemfile .gemspec",
    "rust": ".rs",
    "sas": ".sas",
    "scala": ".scala .sc .sbt",
    "scheme": ".scm .ss",
    "scss": ".scss .sass",
    "sql": ".sql .ddl .psql",
    "stan": ".stan",
    "stata": ".do .ado",
    "swift": ".swift",
    "tcl": ".tcl",
    "terraform": ".tf .tfvars .hcl",
    "typescript": ".ts .tsx .mts .cts",
    "vbnet": ".vb .bas",
    "verilog": ".v .sv",
    "vhdl": ".vhd .vhdl",
    "vim": ".vim .vimrc",
    "xml": ".xml .html .htm .xhtml .xsd .xsl .xslt .svg .rss .atom .plist .gpx .kml .mzml .gml .wsdl .vue",
    "yaml": ".yaml .yml .cwl .clang-format",
    "wasm": ".wat",
}
"""Suffixes and names by language."""
_BY_NAME = {name: language for language, names in LANGUAGES.items() for name in names.split()}
_INTERPRETERS = {
    "sh": "bash", "bash": "bash", "zsh": "bash", "ksh": "bash", "dash": "bash", "python": "python", "perl": "perl", "ruby": "ruby",
    "node": "javascript", "deno": "typescript", "php": "php", "rscript": "r", "lua": "lua", "awk": "awk", "gawk": "awk", "tclsh": "tcl",
    "julia": "julia", "make": "makefile", "nextflow": "groovy", "groovy": "groovy", "pwsh": "powershell", "snakemake": "python",
}  # fmt: skip
_MAX_SHEBANG_CHARACTERS = 200
_SHEBANG = re.compile(r"#!\s*(?:\S*/)?([A-Za-z]+)[\d.]*(?:\s+(?:-S\s+)?(?:\w+=\S*\s+)*([A-Za-z]+))?")


def text_language(name: str, text: str) -> str | None:
    base = name.rpartition("/")[2].lower()
    suffix = "." + base.rpartition(".")[2] if "." in base else ""
    known = _BY_NAME.get(base) or _BY_NAME.get(suffix)
    if known or not text.startswith("#!"):
        return known or ("xml" if text.lstrip()[:5] == "<?xml" else None)
    found = _SHEBANG.match(text[:_MAX_SHEBANG_CHARACTERS])
    if not found:
        return None
    program = found[2] if found[1] == "env" else found[1]
    return _INTERPRETERS.get((program or "").lower())
