import { section } from "@/language/language";

export const t = section("features/queries/editor", {
  // place
  rowsTablesRevision: "rows of the tables in a revision",
  filesRevisionMetadata: "files of a revision, with their metadata",
  pushesPackage: "pushes of a package",
  packagesBucketMetadata: "packages of a bucket, with their metadata",
  tableSetUp: "a table that is set up for a bucket",
  // suggestions
  file: "of the file",
});
