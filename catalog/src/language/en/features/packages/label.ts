import type { ReactNode } from "react";
import { counted, section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/packages/label", {
  // PackageCard
  filesTotalEntries: (totalEntries: number) => counted(totalEntries, "file"),
  byAuthor: (author: string) => ` by ${author}`,
  // PackageHeader
  packages: "Packages",
  revisionsRevisions: (revisions: number) => counted(revisions, "revision"),
  updatedAgoAuthor: (ago: ReactNode, author: ReactNode) => rich`updated ${ago}${author}`,
  packagesKeyValue: (key: string, value: string) => `Packages with ${key} ${value}`,
  historyRevision: (revisions: number) => `History: ${counted(revisions, "revision")}`,
});
