/** What the readers answer with, as `shared.schemas.previews` has it. */

import type { Json } from "@/lib/json";

/** What JSON cannot hold is a text, and the column's type says what it is. */
export type Cell = Json;

export interface Column {
  name: string;
  type: string;
  /** The type as the file names it. */
  source_type?: string;
}

export interface ReadAnswer {
  /** Name and version of the reader, `parquet/1` for example. */
  reader: string;
  /** Bytes of the file as stored. */
  size: number;
  read_bytes: number;
  /** The whole content is in this answer. */
  complete: boolean;
  compression?: string | null;
  notes?: string[];
}

type Details = Record<string, Cell>;

export interface TableAnswer extends ReadAnswer {
  kind: "table";
  format: string;
  columns: Column[];
  rows: Cell[][];
  total: number | null;
  tables?: string[];
  table?: string | null;
  details?: Details;
}

export interface TextAnswer extends ReadAnswer {
  kind: "text";
  text: string;
  /** As highlight.js calls it. */
  language: string | null;
  encoding: string;
  details?: Details;
}

export interface TreeNode {
  /** With slashes. */
  path: string;
  kind: string;
  type?: string | null;
  shape?: number[] | null;
  value?: Cell;
  attributes?: Record<string, Cell>;
}

export interface TreeAnswer extends ReadAnswer {
  kind: "tree";
  format: string;
  nodes: TreeNode[];
  details?: Details;
}

export interface NotebookOutput {
  type: "text" | "html" | "markdown" | "image" | "error" | "json" | "other";
  media_type: string;
  /** Text; of pictures, base64. */
  data: string;
  complete?: boolean;
}

export interface NotebookCell {
  type: "markdown" | "code" | "raw";
  source: string;
  execution_count?: number | null;
  outputs?: NotebookOutput[];
}

export interface NotebookAnswer extends ReadAnswer {
  kind: "notebook";
  language: string | null;
  cells: NotebookCell[];
}

export interface DocumentPage {
  number: number;
  title?: string | null;
  text: string;
}

export interface DocumentAnswer extends ReadAnswer {
  kind: "document";
  format: string;
  pages: DocumentPage[];
  total_pages: number | null;
  /** Pages can be had as pictures. */
  has_pictures: boolean;
  details?: Details;
}

export interface ImageAnswer extends ReadAnswer {
  kind: "image";
  format: string;
  width: number;
  height: number;
  channels: string[];
  /** Of a channel. */
  bits: number;
  pages: number;
  details?: Details;
}

export interface MediaAnswer extends ReadAnswer {
  kind: "media";
  media_type: string;
}

export interface ArchiveMember {
  path: string;
  size: number | null;
  compressed_size?: number | null;
  modified?: string | null;
  type?: "file" | "folder" | "link" | "other";
}

export interface ArchiveAnswer extends ReadAnswer {
  kind: "archive";
  format: string;
  members: ArchiveMember[];
  /** Null when the archive was not read to its end. */
  total: number | null;
}

export interface PackageAnswer extends ReadAnswer {
  kind: "package";
  message: string | null;
  metadata: Record<string, Cell> | null;
  /** The first ones. */
  entries: Record<string, Cell>[];
}

export interface BytesAnswer extends ReadAnswer {
  kind: "bytes";
  hexadecimal: string;
}

export type Answer =
  | TableAnswer
  | TextAnswer
  | TreeAnswer
  | NotebookAnswer
  | DocumentAnswer
  | ImageAnswer
  | MediaAnswer
  | ArchiveAnswer
  | PackageAnswer
  | BytesAnswer;

export interface RowsAnswer extends ReadAnswer {
  columns: Column[];
  rows: Cell[][];
  offset: number;
  /** Rows that match, of the whole table; null when that is not known yet. */
  total: number | null;
}

export interface ColumnStatistics {
  name: string;
  type: string;
  /** Values that are not null. */
  count: number;
  nulls: number;
  distinct: number | null;
  min?: Cell;
  max?: Cell;
  mean?: number | null;
  quantiles?: Record<string, Cell>;
  /** From, to, count. */
  histogram?: [from: Cell, to: Cell, count: number][];
  /** The most frequent values and their counts. */
  top?: [value: Cell, count: number][];
}

export interface StatisticsAnswer extends ReadAnswer {
  total: number;
  columns: ColumnStatistics[];
}
