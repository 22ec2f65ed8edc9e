/** Files that are drawn, known by their content or by the end of their name. */
import { extensionOf } from "@/lib/paths";
import type { TextAnswer } from "../answers";

export type ChartForm = "echarts" | "igv" | "map" | "molecule" | "vega";

const VEGA = /"\$schema"\s*:\s*"https?:\/\/vega\.github\.io\/schema\/vega(?:-lite)?\/v[\d.]+(?:\.json)?"/;
const GEOJSON = /"type"\s*:\s*"(?:FeatureCollection|Feature)"/;
/** Charts of a series in ECharts. */
const SERIES = new Set(
  "line bar pie scatter effectScatter radar tree treemap sunburst boxplot candlestick heatmap parallel lines graph sankey funnel gauge pictorialBar themeRiver custom".split(
    " ",
  ),
);
/** Names by which the library of molecules knows the formats. */
export const MOLECULES: Readonly<Record<string, string>> = {
  cif: "cif",
  ent: "pdb",
  mmcif: "cif",
  mol: "sdf",
  mol2: "mol2",
  pdb: "pdb",
  pdbqt: "pdbqt",
  sdf: "sdf",
  xyz: "xyz",
};

/** The form in which a text is drawn; null for a text that is none of them. */
export function chartOf(answer: TextAnswer, name: string): ChartForm | null {
  const extension = extensionOf(name.replace(/\.gz$/i, ""));
  if (extension in MOLECULES) return "molecule";
  if (extension === "geojson") return "map";
  if (answer.language !== "json") return null;
  if (VEGA.test(answer.text)) return "vega";
  if (GEOJSON.test(answer.text.slice(0, 4_096))) return "map";
  return answer.complete ? optionOf(answer.text) : null;
}

/** Options of ECharts and of the genome browser have no mark of their own. */
function optionOf(text: string): ChartForm | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { series, tracks, reference, genome } = value as Record<string, unknown>;
  const all: unknown[] = Array.isArray(series) ? series : [series];
  if (series !== undefined && all.length > 0 && all.every(isSeries)) return "echarts";
  const hasPlace = typeof genome === "string" || (typeof reference === "object" && reference !== null);
  return hasPlace || (Array.isArray(tracks) && tracks.some(hasUrl)) ? "igv" : null;
}

const isSeries = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "type" in value && SERIES.has(String(value.type));

const hasUrl = (value: unknown): boolean => typeof value === "object" && value !== null && "url" in value;
