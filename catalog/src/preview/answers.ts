/** What the readers answer with. */
import type { components } from "@/api/types";
import type { Json } from "@/lib/json";

/** What JSON cannot hold is a text, and the column's type says what it is. */
export type Cell = Json;

/** Values that the API knows nothing about are cells. */
type WithCells<Type> = unknown extends Type
  ? Cell
  : Type extends object
    ? { [Name in keyof Type]: WithCells<Type[Name]> }
    : Type;

type Schemas = components["schemas"];

export type ArchiveAnswer = WithCells<Schemas["ArchivePreview"]>;
export type ArchiveMember = WithCells<Schemas["ArchiveMember"]>;
export type BytesAnswer = WithCells<Schemas["BytesPreview"]>;
export type Column = Schemas["ColumnDescription"];
export type ColumnStatistics = WithCells<Schemas["ColumnStatistics"]>;
export type DocumentAnswer = WithCells<Schemas["DocumentPreview"]>;
export type DocumentPage = WithCells<Schemas["DocumentPage"]>;
export type DocumentPicture = WithCells<Schemas["DocumentPicture"]>;
export type ImageAnswer = WithCells<Schemas["ImagePreview"]>;
export type MediaAnswer = WithCells<Schemas["MediaPreview"]>;
export type NotebookAnswer = WithCells<Schemas["NotebookPreview"]>;
export type NotebookCell = WithCells<Schemas["NotebookCell"]>;
export type NotebookOutput = WithCells<Schemas["NotebookOutput"]>;
export type PackageAnswer = WithCells<Schemas["PackagePreview"]>;
export type RowsAnswer = WithCells<Schemas["RowsPage"]>;
export type StatisticsAnswer = WithCells<Schemas["TableStatistics"]>;
export type TableAnswer = WithCells<Schemas["TablePreview"]>;
export type TextAnswer = WithCells<Schemas["TextPreview"]>;
export type TreeAnswer = WithCells<Schemas["TreePreview"]>;
export type TreeNode = WithCells<Schemas["TreeNode"]>;

/** The part that all of them share. */
export type ReadAnswer = Pick<
  BytesAnswer,
  "reader" | "size" | "read_bytes" | "complete" | "compression" | "notes"
>;

export type Answer =
  | ArchiveAnswer
  | BytesAnswer
  | DocumentAnswer
  | ImageAnswer
  | MediaAnswer
  | NotebookAnswer
  | PackageAnswer
  | TableAnswer
  | TextAnswer
  | TreeAnswer;
