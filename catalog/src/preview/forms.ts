/** The forms in which a file can be looked at, each with the viewer that shows it; viewers are fetched when needed. */
import { type ComponentType, lazy } from "react";
import { extensionOf } from "@/lib/paths";
import type { Answer } from "./answers";
import type { ShownFile } from "./file";

export type Form =
  | "archive"
  | "document"
  | "hex"
  | "image"
  | "json"
  | "markdown"
  | "media"
  | "notebook"
  | "package"
  | "table"
  | "text"
  | "tree";

const LABELS: Record<Form, string> = {
  archive: "Contents",
  document: "Pages",
  hex: "Bytes",
  image: "Picture",
  json: "Tree",
  markdown: "Document",
  media: "Player",
  notebook: "Notebook",
  package: "Package",
  table: "Table",
  text: "Text",
  tree: "Tree",
};

export interface ViewerProps {
  answer: Answer;
}

/** A chunk for each family: what is shown with the same code is fetched with it. */
export const VIEWERS: Record<Form, ComponentType<ViewerProps>> = {
  archive: lazy(() => import("./containers/ArchiveViewer")),
  document: lazy(() => import("./pictures/DocumentViewer")),
  hex: lazy(() => import("./text/HexViewer")),
  image: lazy(() => import("./pictures/ImageViewer")),
  json: lazy(() => import("./text/JsonFile")),
  markdown: lazy(() => import("./markdown/MarkdownViewer")),
  media: lazy(() => import("./pictures/MediaViewer")),
  notebook: lazy(() => import("./text/NotebookViewer")),
  package: lazy(() => import("./containers/PackageViewer")),
  table: lazy(() => import("./table/TableViewer")),
  text: lazy(() => import("./text/TextViewer")),
  tree: lazy(() => import("./containers/TreeViewer")),
};

/** Formats of other kinds whose files are text as they are stored. */
const WRITTEN_AS_TEXT = new Set(
  "csv tsv jsonl ndjson json geojson topojson yaml toml xml svg vcf bed gff gtf fasta fastq sam pdb cif sdf".split(
    " ",
  ),
);

const FORM_OF_KIND: Record<Answer["kind"], Form> = {
  archive: "archive",
  bytes: "hex",
  document: "document",
  image: "image",
  media: "media",
  notebook: "notebook",
  package: "package",
  table: "table",
  text: "text",
  tree: "tree",
};

function formsOfText(answer: Extract<Answer, { kind: "text" }>): Form[] {
  if (answer.language === "markdown") return ["markdown", "text"];
  if (answer.language === "json") return ["json", "text"];
  return ["text"];
}

/** The first one is shown unless another is asked for. Of a member of an archive there is only the reader's answer. */
export function formsOf(answer: Answer, { name, member }: ShownFile): Form[] {
  const tree: Form[] = answer.kind === "table" && answer.format === "json" ? ["json"] : [];
  if (member !== undefined)
    return answer.kind === "text" ? formsOfText(answer) : [FORM_OF_KIND[answer.kind], ...tree];
  switch (answer.kind) {
    case "bytes":
      return ["hex"];
    case "text":
      return [...formsOfText(answer), "hex"];
    default: {
      const format = "format" in answer ? answer.format : extensionOf(name);
      const isText = !answer.compression && (answer.kind === "notebook" || WRITTEN_AS_TEXT.has(format));
      return [FORM_OF_KIND[answer.kind], ...tree, ...(isText ? (["text"] as const) : []), "hex"];
    }
  }
}

export const labelled = (forms: readonly Form[]) => forms.map(form => [form, LABELS[form]] as const);
