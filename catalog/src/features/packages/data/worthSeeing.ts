/** What is worth seeing in a folder whose author did not say it: by the names of its files. */
import type { Entry, PackageFile } from "@/api/models";
import { extensionOf, nameOf } from "@/lib/paths";
import { isPicture } from "@/preview/pictures/Gallery";

const MAX_TABLES = 3;
const MAX_REPORTS = 2;
const MAX_PICTURES = 24;

const TABLES = new Set(
  "csv tsv tab parquet pq arrow feather orc jsonl ndjson xlsx xls ods sas7bdat xpt dta sav npy vcf bed gff gtf fcs".split(
    " ",
  ),
);

export interface WorthSeeing {
  readme: PackageFile | null;
  /** Pages of HTML, notebooks and charts. */
  reports: PackageFile[];
  tables: PackageFile[];
  pictures: PackageFile[];
}

const isReadme = (path: string) => /^readme(\.(md|markdown|txt|ipynb))?$/i.test(nameOf(path));
const isReport = (path: string) => /\.(html?|ipynb|pdf|(vl|vega|vg|echarts)\.json)$/i.test(path);
const isTable = (path: string) => TABLES.has(extensionOf(path.replace(/\.(gz|bz2|zst|xz)$/i, "")));

export function worthSeeing(entries: readonly Entry[]): WorthSeeing {
  const files = entries.filter(
    (each): each is PackageFile => each.type === "file" && each.accessible && each.size > 0,
  );
  const readme = files.find(({ path }) => isReadme(path)) ?? null;
  const others = files.filter(each => each !== readme);
  const reports = others.filter(({ path }) => isReport(path));
  const index = reports.findIndex(({ path }) => /^(index|report)\.html?$/i.test(nameOf(path)));
  if (index > 0) reports.unshift(...reports.splice(index, 1));
  return {
    readme,
    reports: reports.slice(0, MAX_REPORTS),
    tables: others.filter(({ path }) => isTable(path)).slice(0, MAX_TABLES),
    pictures: others
      .filter(({ path }) => isPicture(path) && extensionOf(path) !== "pdf")
      .slice(0, MAX_PICTURES),
  };
}

export const isNothing = ({ reports, tables, pictures }: WorthSeeing) =>
  reports.length + tables.length + pictures.length === 0;
