/** The forms in which a file can be looked at, each with the viewer that shows it; viewers are fetched when needed. */
import { type ComponentType, lazy } from "react";
import { t } from "@/language/en/preview";
import { extensionOf } from "@/lib/paths";
import type { Answer } from "./answers";
import { type ChartForm, chartOf } from "./charts/detect";
import type { ShownFile } from "./file";

export type Form =
  | ChartForm
  | "archive"
  | "document"
  | "hex"
  | "image"
  | "json"
  | "markdown"
  | "media"
  | "notebook"
  | "package"
  | "report"
  | "table"
  | "text"
  | "tree";

const labels = (): Record<Form, string> => ({
  archive: t.contents,
  document: t.pages,
  echarts: t.chart,
  hex: t.bytes,
  igv: t.tracks,
  image: t.picture,
  json: t.tree,
  map: t.map,
  markdown: t.document,
  media: t.player,
  molecule: t.model,
  notebook: t.notebook,
  package: t.package,
  report: t.report,
  table: t.table,
  text: t.text,
  tree: t.tree,
  vega: t.chart,
});

export interface ViewerProps {
  answer: Answer;
}

const chart = (form: ChartForm) =>
  lazy(async () => ({ default: (await import("./charts/ChartViewer")).chartViewer(form) }));

/** A chunk for each family: what is shown with the same code is fetched with it. */
export const VIEWERS: Record<Form, ComponentType<ViewerProps>> = {
  archive: lazy(() => import("./containers/ArchiveViewer")),
  document: lazy(() => import("./pictures/DocumentViewer")),
  echarts: chart("echarts"),
  hex: lazy(() => import("./text/HexViewer")),
  igv: chart("igv"),
  image: lazy(() => import("./pictures/ImageViewer")),
  json: lazy(() => import("./text/JsonFile")),
  map: chart("map"),
  markdown: lazy(() => import("./markdown/MarkdownViewer")),
  media: lazy(() => import("./pictures/MediaViewer")),
  molecule: chart("molecule"),
  notebook: lazy(() => import("./text/NotebookViewer")),
  package: lazy(() => import("./containers/PackageViewer")),
  report: lazy(() => import("./reports/ReportViewer")),
  table: lazy(() => import("./table/TableViewer")),
  text: lazy(() => import("./text/TextViewer")),
  tree: lazy(() => import("./containers/TreeViewer")),
  vega: chart("vega"),
};

/** Forms in which JSON may be drawn when somebody says what it is. */
const DRAWN_JSON: readonly Form[] = ["echarts", "igv", "map", "vega"];

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

/** What is drawn comes before its text. */
function drawnForms(answer: Extract<Answer, { kind: "text" }>, { name, source }: ShownFile): Form[] {
  if (/^html?$/.test(extensionOf(name)) && "package" in source) return ["report"];
  const drawn = chartOf(answer, name);
  return drawn ? [drawn] : [];
}

/**
 * The first one is shown unless another is asked for. Of a member of an archive there is only the reader's answer.
 * `wanted`: the form that an author wished for.
 */
export function formsOf(answer: Answer, file: ShownFile, wanted: Form | null = null): Form[] {
  const { name, member } = file;
  const tree: Form[] = answer.kind === "table" && answer.format === "json" ? ["json"] : [];
  if (member !== undefined)
    return answer.kind === "text" ? formsOfText(answer) : [FORM_OF_KIND[answer.kind], ...tree];
  switch (answer.kind) {
    case "bytes":
      return ["hex"];
    case "text": {
      const forms: Form[] = [...drawnForms(answer, file), ...formsOfText(answer), "hex"];
      const isDrawable = answer.language === "json" && wanted !== null && DRAWN_JSON.includes(wanted);
      return isDrawable && !forms.includes(wanted) ? [wanted, ...forms] : forms;
    }
    default: {
      const format = "format" in answer ? answer.format : extensionOf(name);
      const isText = !answer.compression && (answer.kind === "notebook" || WRITTEN_AS_TEXT.has(format));
      return [FORM_OF_KIND[answer.kind], ...tree, ...(isText ? (["text"] as const) : []), "hex"];
    }
  }
}

export const labelled = (forms: readonly Form[]) => forms.map(form => [form, labels()[form]] as const);
