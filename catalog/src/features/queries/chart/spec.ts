/** Charts of results as Vega-Lite, without data: what the controls choose, and what is refused of what people write. */
import type { ResultColumn } from "@/api/sqlQueries";
import { t } from "@/language/en/features/queries/chart";
import { isRecord } from "@/lib/json";
import { isNumeric } from "@/preview/table/question";

export const chartMarks = () =>
  [
    ["bar", t.bars],
    ["line", t.lines],
    ["point", t.points],
    ["area", t.area],
    ["rect", t.heatMap],
    ["boxplot", t.boxPlot],
    ["arc", t.pie],
  ] as const;
export type Mark = ReturnType<typeof chartMarks>[number][0];

export const aggregates = () =>
  [
    ["", t.eachRow],
    ["count", t.numberRows],
    ["sum", t.sum],
    ["mean", t.mean],
    ["median", t.median],
    ["min", t.smallest],
    ["max", t.largest],
    ["distinct", t.distinctValues],
  ] as const;
export type Aggregate = ReturnType<typeof aggregates>[number][0];

export type ChartColumn = Pick<ResultColumn, "name" | "type">;
export type ChartSpec = Record<string, unknown>;

export interface ChartChoice {
  mark: Mark;
  x: string | null;
  y: string | null;
  colour: string | null;
  aggregate: Aggregate;
}

const SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json";
const MAX_BARS_OF_ROWS = 60;

type FieldType = "quantitative" | "temporal" | "nominal";

export function fieldType({ type }: Pick<ChartColumn, "type">): FieldType {
  if (isNumeric({ type })) return "quantitative";
  return /^(date|time|timestamp)$/.test(type) ? "temporal" : "nominal";
}

/** Vega-Lite takes dots and brackets in names as paths. */
const escaped = (name: string) => name.replace(/[.[\]\\'"]/g, String.raw`\$&`);

/** A chart that suits the columns: something over time or by category, else two numbers. */
export function choiceFor(columns: readonly ChartColumn[], rows: number): ChartChoice {
  const of = (type: FieldType) =>
    columns.filter(column => fieldType(column) === type).map(({ name }) => name);
  const [numbers, times, names] = [of("quantitative"), of("temporal"), of("nominal")];
  const [first = null, second = null] = numbers;
  const [time] = times;
  const [name = null, colour = null] = names;
  if (time !== undefined)
    return {
      mark: first ? "line" : "bar",
      x: time,
      y: first,
      colour: name,
      aggregate: first ? "mean" : "count",
    };
  if (name !== null && first !== null)
    return {
      mark: "bar",
      x: name,
      y: first,
      colour,
      aggregate: rows > MAX_BARS_OF_ROWS || colour ? "sum" : "",
    };
  if (first !== null && second !== null)
    return { mark: "point", x: first, y: second, colour: name, aggregate: "" };
  return { mark: "bar", x: first ?? name, y: null, colour: null, aggregate: "count" };
}

export function specOf(
  { mark, x, y, colour, aggregate }: ChartChoice,
  columns: readonly ChartColumn[],
): ChartSpec {
  const typeOf = (name: string) => {
    const column = columns.find(each => each.name === name);
    return column ? fieldType(column) : "nominal";
  };
  const field = (name: string) => ({ field: escaped(name), type: typeOf(name), title: name });
  const isCount = aggregate === "count";
  const height =
    isCount || y === null
      ? { aggregate: "count", type: "quantitative", title: t.rows2 }
      : aggregate === ""
        ? field(y)
        : { ...field(y), type: "quantitative", aggregate, title: t.ofAggregateY(aggregate, y) };
  // Lines and points show how values differ, bars how large they are.
  const value = mark === "line" || mark === "point" ? { ...height, ...fromData(height.type) } : height;
  const along = x !== null && { ...field(x), ...binOf(mark, typeOf(x), isCount || y === null) };
  const encoding =
    mark === "arc"
      ? { theta: value, ...(x === null ? {} : { color: field(x) }) }
      : mark === "rect"
        ? {
            ...(along && { x: along }),
            ...(y === null ? {} : { y: { ...field(y), bin: typeOf(y) === "quantitative" } }),
            color:
              colour === null
                ? { aggregate: "count", type: "quantitative", title: t.rows2 }
                : {
                    ...field(colour),
                    ...(typeOf(colour) === "quantitative"
                      ? { aggregate: isCount || aggregate === "" ? "mean" : aggregate }
                      : {}),
                  },
          }
        : { ...(along && { x: along }), y: value, ...(colour === null ? {} : { color: field(colour) }) };
  return {
    $schema: SCHEMA,
    mark: { type: mark, tooltip: true, ...(mark === "line" ? { point: true } : {}) },
    encoding,
  };
}

const fromData = (type: string) => (type === "quantitative" ? { scale: { zero: false } } : {});

/** Numbers along an axis are put together where rows are counted. */
const binOf = (mark: Mark, type: FieldType, isCount: boolean) =>
  type === "quantitative" && ((mark === "bar" && isCount) || mark === "rect") ? { bin: true } : {};

const unescaped = (name: string) => name.replace(/\\(.)/g, "$1");

/** The choice that makes this chart; null when it says more than the controls do. */
export function choiceOf(spec: ChartSpec, columns: readonly ChartColumn[]): ChartChoice | null {
  const encoding = isRecord(spec.encoding) ? spec.encoding : {};
  const channel = (name: string) => (isRecord(encoding[name]) ? encoding[name] : null);
  const nameOf = (name: string) => {
    const field = channel(name)?.field;
    return typeof field === "string" ? unescaped(field) : null;
  };
  const mark = isRecord(spec.mark) ? spec.mark.type : spec.mark;
  if (!chartMarks().some(([each]) => each === mark)) return null;
  const value = channel(mark === "arc" ? "theta" : mark === "rect" ? "color" : "y");
  const aggregate = aggregates().find(([each]) => each === value?.aggregate)?.[0] ?? "";
  const found: ChartChoice =
    mark === "arc"
      ? { mark, x: nameOf("color"), y: nameOf("theta"), colour: null, aggregate }
      : { mark: mark as Mark, x: nameOf("x"), y: nameOf("y"), colour: nameOf("color"), aggregate };
  return JSON.stringify(specOf(found, columns)) === JSON.stringify(spec) ? found : null;
}

/** Why a chart is not drawn; null when it can be. Data come from the result alone. */
export function faultOf(spec: unknown): string | null {
  if (!isRecord(spec)) return t.chartJsonObject;
  const forbidden = forbiddenIn(spec, "");
  if (forbidden) return t.cannotGivenChart(forbidden);
  const isView = ["mark", "layer", "hconcat", "vconcat", "concat", "facet", "repeat"].some(
    name => name in spec,
  );
  return isView ? null : t.chartNeedsMark;
}

const DATA_MEMBERS = new Set(["data", "datasets", "url", "href", "src", "baseURL"]);

function forbiddenIn(value: unknown, path: string): string | null {
  if (Array.isArray(value)) return first(value.map((each, index) => forbiddenIn(each, `${path}/${index}`)));
  if (!isRecord(value)) return null;
  return first(
    Object.entries(value).map(([name, each]) =>
      DATA_MEMBERS.has(name) ? `${path}/${name}` : forbiddenIn(each, `${path}/${name}`),
    ),
  );
}

const first = (found: readonly (string | null)[]) => found.find(each => each !== null) ?? null;
