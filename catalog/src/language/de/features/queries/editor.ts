import type { t as english } from "@/language/en/features/queries/editor";

export const t: typeof english = {
  // place
  rowsTablesRevision: "Zeilen der Tabellen einer Revision",
  filesRevisionMetadata: "Dateien einer Revision, mit ihren Metadaten",
  pushesPackage: "Pushes eines Pakets",
  packagesBucketMetadata: "Pakete eines Buckets, mit ihren Metadaten",
  tableSetUp: "eine Tabelle, die für einen Bucket eingerichtet ist",
  // suggestions
  file: "aus der Datei",
};
