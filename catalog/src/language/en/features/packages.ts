import type { ReactNode } from "react";
import { counted, section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/packages", {
  // ChosenEntries
  copyBucket: "Copy to a bucket…",
  // DeletePackageDialog
  deleteRevision: "Delete revision",
  deletePackage: "Delete package",
  deleteRevision2: "Delete this revision?",
  deletePackage2: "Delete this package?",
  noLongerListed: "It is no longer listed. Its manifest and its files stay in S3.",
  revisionsNoLonger: "Its revisions are no longer listed. Manifests and files stay in S3.",
  confirmType: (wanted: string) => `To confirm, type ${wanted}`,
  // DropToRevise
  dropAddNew: (place: string) => `Drop to add to ${place}, as a new revision`,
  packageCannotRevised: (bucket: string) =>
    `The package cannot be revised here: your role may only read ${bucket}, or its preferences say so`,
  // InstallPanel
  python: "Python",
  get: "Get it",
  language: "Language",
  shell: "Shell",
  installFolder: "Install to this folder",
  fetchFolder: "Fetch to this folder",
  setUp: "Set it up",
  firstTimeMachine: (setIt: ReactNode) => rich`First time on this machine? ${setIt}`,
  // MissingEntry
  revisionTopHash: (topHash: ReactNode) => rich`revision ${topHash}`,
  notRevision: "Not in this revision",
  openShown: (shown: string) => `Open ${shown}/`,
  allFiles: "All files",
  allRevisions: "All revisions",
  revisionNo: (topHash: ReactNode, name: string, path: ReactNode) =>
    rich`Revision ${topHash} of ${name} has no ${path}.`,
  lookingOtherRevisions: "Looking for it in other revisions…",
  movedLinkPushed: (link: ReactNode, pushed: ReactNode) => rich`It was moved to ${link} by ${pushed}`,
  removedPushed: (pushed: ReactNode) => rich`It was removed by ${pushed}`,
  last: "It was last in",
  itIsIn: "It is in",
  pushedValueSeen: (value: string, seen: ReactNode, pushed: ReactNode) =>
    rich`${value} ${seen}, pushed by ${pushed}`,
  noneLastPushes: (maxSearchedPushes: number) =>
    `It is in none of the last ${maxSearchedPushes} pushes either.`,
  unknown: "unknown",
  // MissingPackage
  noSuchPackage: "There is no such package",
  allPackages: "All packages",
  packagesSuchName: "Packages with such a name",
  deletedAgo: (ago: ReactNode) => rich`It was deleted ${ago}.`,
  manifest: "manifest",
  lastRevisionWhose: (topHash: ReactNode, manifest: ReactNode) =>
    rich` Its last revision was ${topHash}, whose ${manifest} is kept unless somebody removed it, as are its files.`,
  mayAnotherName: "It may have another name, be in another bucket, or not be for your role.",
  // PackageActions
  revise: "Revise",
  moreActions: "More actions",
  compareAnotherRevision: "Compare with another revision",
  queryTables: "Query the tables…",
  copyQuiltUri: "Copy Quilt+ URI",
  deleteRevision3: "Delete this revision…",
  deletePackage3: "Delete the package…",
  copied: "Copied",
  promote: "Promote…",
  // PackageFilePanel
  edit: "Edit",
  packageBuiltNot: (physicalKey: string) =>
    `The package was built there and not pushed with its files: ${physicalKey}`,
  onlySomebodysMachine: "Only on somebody's machine",
  roleDoesNot: (bucket: ReactNode) =>
    rich`It is in ${bucket}, which your role does not include. Ask an administrator for access.`,
  mayNotRead: "You may not read this file",
  fileStored: (physicalKey: string) => `The file is stored at ${physicalKey}.`,
  notS3: "Not in S3",
  file: "File",
  size: "Size",
  hash: "Hash",
  stored: "Stored at",
  quiltUri: "Quilt+ URI",
  version: "Version",
  // PackageFolder
  onlyMachinePackage: (physicalKey: string) =>
    `Only on the machine that the package was built on: ${physicalKey}`,
  local: "local",
  mayNotRead2: (physicalKey: string) => `You may not read ${physicalKey}`,
  noAccess: "no access",
  storedAnotherBucket: (physicalKey: string) => `Stored in another bucket: ${physicalKey}`,
  name: "Name",
  filesTotalEntries: (totalEntries: number) => counted(totalEntries, "file"),
  files: "Files",
  preferencesBucketSay: "The preferences of this bucket say so.",
  filesNotListed: "Files are not listed here",
  pictures: "Pictures",
  filesPath: (path: string) => `Files in ${path}`,
  loadingFolder: "Loading the folder",
  folderEmpty: "This folder is empty",
  noMessage: "No message",
  // PackagePage
  packageMetadata: "Package metadata",
  inPathName: (path: string, name: string) => `${path} in ${name}`,
  notLatest: "not the latest",
  loadingPackage: "Loading the package",
  pointerNamesManifest: "A pointer names a manifest that is not in S3. Undelete it there, or push again.",
  manifestCannotRead: "The manifest cannot be read. Restore an earlier version of it, or push again.",
  manifestNotNamed:
    "The manifest is not what it is named after: somebody changed it. Restore what was pushed, or push again.",
  revisionState: (state: string) => `This revision cannot be shown: ${state}`,
  otherRevisions: "Other revisions",
  metadata: "Metadata",
  noMetadata: "No metadata.",
  pushGaveNo: "The push gave no metadata.",
  metadata2: "Metadata here",
  // PushAuthor
  storeDidNot: "The store did not say who wrote this push",
  // QueryTablesDialog
  queryTables2: "Query the tables",
  allTablesKind: "All tables of a kind in this revision, as one table in SQL.",
  lookingTablesFile: (known: string, totalEntries: number) =>
    `Looking for tables: ${known} of ${counted(totalEntries, "file")}…`,
  revisionNoTables:
    "This revision has no tables that SQL reads: Parquet, CSV, TSV, JSON Lines, JSON, Arrow and spreadsheets.",
  firstFileQuery: (known: number) => `In the first ${counted(known, "file")}; a query reads all of them.`,
  close: "Close",
  undefinedsFilesExtension: (files: number, extension: string) => counted(files, `.${extension} file`),
  // RevisionFacts
  revision: "Revision",
  topHash: "Top hash",
  pushed: "Pushed",
  by: "By",
  pushes: "Pushes",
  copy: "Copy",
  workflow: "Workflow",
  noneChosen: "none chosen",
  // RevisionPicker
  latest: "Latest",
  chooseAnotherRevision: (value: string, hash: string) => `${value} ${hash}: choose another revision`,
  loading: "Loading…",
  revisionsCouldNot: "The revisions could not be loaded.",
  // place
  notFileS3: (to: string) => `${to} is not a file in S3.`,
  // states
  corrupt: "corrupt",
  ready: "ready",
  missing: "manifest missing",
  mismatch: "changed manifest",
  // PackageTabs
  package: "Package",
  data: "Data",
  revisions: "Revisions",
  activity: "Activity",
  insight: "Insight",
});
