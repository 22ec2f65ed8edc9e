/** What the frame is given to draw, from the text of a file. */
import { t } from "@/language/en/preview/charts";
import { isRecord } from "@/lib/json";
import { extensionOf, parentOf, resolve } from "@/lib/paths";
import type { ChartForm } from "./detect";
import { MOLECULES } from "./detect";
import { rowsOf } from "./delimited";

/** Reads a file beside the one that is drawn. */
export type Near = (path: string) => Promise<string>;

export class Undrawable extends Error {}

type JsonRecord = Readonly<Record<string, unknown>>;

function objectIn(text: string): JsonRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Undrawable(t.notJson(error instanceof Error ? error.message : String(error)));
  }
  if (!isRecord(value)) throw new Undrawable(t.mustJsonObject);
  return value;
}

/** `root`: the address of the revision's files, for tracks, which are read in ranges. */
export async function contentOf(
  form: ChartForm,
  text: string,
  name: string,
  near: Near,
  root: string | null,
): Promise<unknown> {
  switch (form) {
    case "vega":
      return vegaContent(objectIn(text));
    case "map":
      return mapContent(objectIn(text));
    case "echarts":
      return optionContent(objectIn(text), near);
    case "molecule":
      return { text, format: MOLECULES[extensionOf(name.replace(/\.gz$/i, ""))] ?? "pdb" };
    case "igv":
      return trackContent(objectIn(text), name, root);
  }
}

const hasFacet = ({ encoding }: JsonRecord) =>
  isRecord(encoding) && ("row" in encoding || "column" in encoding || "facet" in encoding);

function vegaContent(spec: JsonRecord) {
  const { $schema: schema } = spec;
  const isLite = (typeof schema === "string" && schema.includes("vega-lite")) || !("marks" in spec);
  // Authors who give a single view no width leave that to its place.
  const isSingle = isLite && ("mark" in spec || "layer" in spec) && !("width" in spec) && !hasFacet(spec);
  return { isLite, spec: isSingle ? { ...spec, width: "container" } : spec };
}

/** Data sets whose source is a path are read; functions cannot stand in JSON. */
async function optionContent(option: JsonRecord, near: Near): Promise<JsonRecord> {
  const { dataset } = option;
  if (dataset === undefined) return option;
  const all = Array.isArray(dataset) ? dataset : [dataset];
  const read = await Promise.all(
    all.map((each: unknown) => (isRecord(each) ? readSet(each, near) : Promise.resolve(each))),
  );
  return { ...option, dataset: Array.isArray(dataset) ? read : read[0] };
}

async function readSet(dataset: JsonRecord, near: Near): Promise<JsonRecord> {
  const { source } = dataset;
  if (typeof source !== "string") return dataset;
  const text = await near(source);
  const kind = extensionOf(source.replace(/[?#].*$/s, ""));
  if (kind === "json") return { ...dataset, source: JSON.parse(text) as unknown };
  return { ...dataset, source: rowsOf(text, kind === "tsv" || kind === "tab" ? "\t" : ",") };
}

const MAX_TOOLTIP_FIELDS = 12;

/** Features on a map without tiles, which would come from other hosts. */
function mapContent(collection: JsonRecord) {
  const features = Array.isArray(collection.features) ? (collection.features as unknown[]) : [collection];
  const names = new Set<string>();
  for (const each of features.slice(0, 100))
    if (isRecord(each) && isRecord(each.properties))
      for (const [name, value] of Object.entries(each.properties))
        if (!isRecord(value) && !/[.[\]\\'"]/.test(name)) names.add(name);
  const tooltip = [...names].slice(0, MAX_TOOLTIP_FIELDS).map(name => ({
    field: `properties.${name}`,
    title: name,
    type: "nominal",
  }));
  return {
    isLite: true,
    fill: true,
    spec: {
      width: 600,
      height: 400,
      autosize: { type: "fit", contains: "padding" },
      data: {
        values: features.map(each => (isRecord(each) ? { ...each, geometry: rewound(each.geometry) } : each)),
      },
      projection: { type: "mercator" },
      mark: { type: "geoshape", fill: "#2f8d8e", fillOpacity: 0.35, stroke: "#2f8d8e", strokeWidth: 1 },
      ...(tooltip.length > 0 ? { encoding: { tooltip } } : {}),
      config: { view: { stroke: null } },
    },
  };
}

type Ring = [number, number][];

/** Twice the area of a ring in degrees; positive where it runs against the clock, as GeoJSON has outer rings. */
const areaOf = (ring: Ring): number =>
  ring.reduce((sum, [x, y], index) => {
    const [nextX, nextY] = ring[(index + 1) % ring.length] ?? [x, y];
    return sum + x * nextY - nextX * y;
  }, 0);

/** The library draws on a sphere, where a ring has its inside at its right: the other way round it would be the rest of the world. */
const rewoundRings = (rings: Ring[]): Ring[] =>
  rings.map((ring, index) => (areaOf(ring) > 0 === (index === 0) ? ring.toReversed() : ring));

function rewound(geometry: unknown): unknown {
  if (!isRecord(geometry)) return geometry;
  const { type, coordinates, geometries } = geometry;
  if (type === "Polygon") return { ...geometry, coordinates: rewoundRings(coordinates as Ring[]) };
  if (type === "MultiPolygon")
    return { ...geometry, coordinates: (coordinates as Ring[][]).map(rewoundRings) };
  if (Array.isArray(geometries)) return { ...geometry, geometries: geometries.map(rewound) };
  return geometry;
}

const ADDRESSES = new Set([
  "url",
  "indexURL",
  "fastaURL",
  "cytobandURL",
  "aliasURL",
  "twoBitURL",
  "compressedIndexURL",
]);

/** Options of the genome browser, whose relative addresses lead to files of the revision. */
function trackContent(options: JsonRecord, name: string, root: string | null): unknown {
  const within = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(within);
    if (!isRecord(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [
        key,
        ADDRESSES.has(key) && typeof each === "string" ? addressOf(each, name, root) : within(each),
      ]),
    );
  };
  // Its lists of genomes would come from other hosts.
  return { ...(within(options) as JsonRecord), loadDefaultGenomes: false, showSVGButton: false };
}

function addressOf(reference: string, name: string, root: string | null): string {
  if (/^(?:https?:|\/\/|data:)/i.test(reference)) return reference;
  const path = /^s3:/i.test(reference) ? null : resolve(name, reference);
  if (path === null || root === null)
    throw new Undrawable(t.notFilePackage(reference, parentOf(name) || t.root));
  return root + path.split("/").map(encodeURIComponent).join("/");
}
