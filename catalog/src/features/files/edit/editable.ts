/** Which files can be edited as text, and what their texts are made of. */
import { extensionOf, nameOf } from "@/lib/paths";

export const MAX_TEXT_BYTES = 1_048_576;

const EXTENSIONS = new Set(
  (
    "adoc bash bib c cfg cff conf cpp cs css csv cwl env geojson go graphql h hpp htm html ini ipynb java jl js json jsonl " +
    "jsx kt log lua m markdown md mdx ndjson nf php pl properties py qmd r rb rmd rs rst scala sh smk sql svg swift tab tcl " +
    "tex toml topojson ts tsv tsx txt wdl xml yaml yml"
  ).split(" "),
);
const NAMES =
  /^(readme|license|licence|changelog|contributing|authors|citation|makefile|dockerfile|snakefile|\.gitignore|\.quiltignore)$/i;

export const isEditable = (name: string, size: number): boolean =>
  size <= MAX_TEXT_BYTES && (EXTENSIONS.has(extensionOf(name)) || NAMES.test(nameOf(name)));

export type TextLanguage = "json" | "markdown" | "yaml" | null;

export function languageOf(name: string): TextLanguage {
  switch (extensionOf(name)) {
    case "json":
    case "geojson":
    case "topojson":
    case "ipynb":
      return "json";
    case "md":
    case "markdown":
    case "mdx":
    case "qmd":
    case "rmd":
      return "markdown";
    case "yaml":
    case "yml":
    case "cff":
    case "cwl":
      return "yaml";
    default:
      return null;
  }
}

/** A text, and what is put around its lines when it is stored. */
export interface TextFile {
  text: string;
  hasMark: boolean;
  lineEnd: "\n" | "\r\n";
}

export const NEW_TEXT: TextFile = { text: "", hasMark: false, lineEnd: "\n" };

const MARK = "\ufeff";

/** Null where the bytes are no UTF-8, or mix line ends, which an editor would not keep. */
export function decodeText(bytes: Uint8Array): TextFile | null {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
  if (text.includes("\0")) return null;
  const hasMark = text.startsWith(MARK);
  const body = hasMark ? text.slice(1) : text;
  const lineEnd = body.includes("\r\n") ? "\r\n" : "\n";
  const lines = lineEnd === "\r\n" ? body.replaceAll("\r\n", "\n") : body;
  const isMixed = lines.includes("\r") || (lineEnd === "\r\n" && /(?<!\r)\n/.test(body));
  return isMixed ? null : { text: lines, hasMark, lineEnd };
}

export const encodeText = ({ text, hasMark, lineEnd }: TextFile): string =>
  (hasMark ? MARK : "") + (lineEnd === "\n" ? text : text.replaceAll("\n", lineEnd));
