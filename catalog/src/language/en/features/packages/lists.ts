import type { ReactNode } from "react";
import { counted, section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/packages/lists", {
  // DropToCreate
  dropMakeNew: (name: string) => `Drop to make a new package in ${name}`,
  packagesCannotMade: (name: string) =>
    `Packages cannot be made here: your role may only read ${name}, or its preferences say so`,
  // FirstPushHelp
  noPackagesYet: "No packages yet",
  pushFiles: "Push files",
  setUpMachine: "Set up a machine",
  packageFilesReadme:
    "A package is files, a README and metadata under a name, with every version kept. Drop files or a folder on this page, or push from Python:",
  python: "Python",
  // PackagesPage
  name: "Name",
  nameFalling: "Name, falling",
  newestFirst: "Newest first",
  oldestFirst: "Oldest first",
  largestFirst: "Largest first",
  smallestFirst: "Smallest first",
  mostFilesFirst: "Most files first",
  fewestFilesFirst: "Fewest files first",
  packagesBucket: (bucket: string) => `Packages in ${bucket}`,
  packages: "Packages",
  filterName: "Filter by name",
  newPackage: "New package",
  searchIndexSorts: "The search index, which sorts packages and knows their metadata, is catching up. ",
  nameError: (error: string) => `${error}Here they are by name.`,
  packagesTotal: (total: number) => counted(total, "package"),
  columns: "Columns",
  metadataShow: "Metadata to show",
  noPackageMetadata: "No package here has metadata.",
  loadingPackages: "Loading packages",
  noPackageName: (contains: string) => `No package name here contains “${contains}”.`,
  noSuchPackage: "No such package",
  // ProblemsPage
  problemsBucket: (bucket: string) => `Problems in ${bucket}`,
  problems: "Problems",
  revisionsWhoseManifests:
    "Revisions whose manifests are missing, cannot be read, or are not what they were pushed as, and objects that could not be indexed.",
  loadingProblems: "Loading problems",
  allPackagesPushed: "All packages here are what they were pushed as, and all objects are indexed.",
  noProblems: "No problems",
  noPackage: "No package",
  // RevisionsPage
  unknown: "unknown",
  filesTotalEntries: (totalEntries: number) => counted(totalEntries, "file"),
  files: "Files",
  noMessage: "No message",
  topHash: "Top hash",
  pushed: "Pushed",
  by: "By",
  message: "Message",
  byAgoAuthor: (ago: ReactNode, author: string, hash: ReactNode, row: string) =>
    rich`${ago} by ${author} · ${hash} · ${row}`,
  unreadableRevision: "Unreadable revision",
  latest: "latest",
  changed: "Changed",
  compare: "Compare",
  comparePushBefore: "Compare with the push before",
  revisionsName: (name: string) => `Revisions of ${name}`,
  revisions: "Revisions",
  loadingRevisions: "Loading revisions",
  noRevisions: "No revisions",
  added: "added",
  removed: "removed",
  changed2: "changed",
  moved: "moved",
  otherMetadata: "with other metadata",
  filesCount: (count: number) => counted(count, "file"),
  allBytes: (bytes: string) => `${bytes} in all`,
  filesEach: (each: number) => counted(each, "file"),
  sameFiles: "same files",
  // UriPage
  quiltUri: "Quilt+ URI",
  finding: "Finding it",
  // packageColumns
  size: "Size",
  pushes: "Pushes",
  package: "Package",
  about: "About",
  updated: "Updated",
});
