import type { t as english } from "@/language/en/features/packages/label";
import { counted } from "@/language/language";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // PackageCard
  filesTotalEntries: totalEntries => counted(totalEntries, "Datei", "Dateien"),
  byAuthor: author => ` von ${author}`,
  // PackageHeader
  packages: "Pakete",
  revisionsRevisions: revisions => counted(revisions, "Revision", "Revisionen"),
  updatedAgoAuthor: (ago, author) => rich`aktualisiert ${ago}${author}`,
  packagesKeyValue: (key, value) => `Pakete mit ${key} ${value}`,
  historyRevision: revisions => `Verlauf: ${counted(revisions, "Revision", "Revisionen")}`,
};
