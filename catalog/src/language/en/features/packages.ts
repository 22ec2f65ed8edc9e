import type { ReactNode } from "react";
import { counted, section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/packages", {
  // DeletePackageDialog
  deleteRevision: "Delete revision",
  deletePackage: "Delete package",
  deleteThisRevision: "Delete this revision?",
  deleteThisPackage: "Delete this package?",
  itIsNoLongerListedIts: "It is no longer listed. Its manifest and its files stay in S3.",
  itsRevisionsAreNoLongerListed: "Its revisions are no longer listed. Manifests and files stay in S3.",
  toConfirmTypeWanted: (wanted: string) => `To confirm, type ${wanted}`,
  // DropToCreate
  dropToMakeANewPackage: (name: string) => `Drop to make a new package in ${name}`,
  packagesCannotBeMadeHereYour: (name: string) =>
    `Packages cannot be made here: your role may only read ${name}, or its preferences say so`,
  // DropToRevise
  dropToAddToPlaceAs: (place: string) => `Drop to add to ${place}, as a new revision`,
  thePackageCannotBeRevisedHere: (bucket: string) =>
    `The package cannot be revised here: your role may only read ${bucket}, or its preferences say so`,
  // FirstPushHelp
  noPackagesYet: "No packages yet",
  pushFiles: "Push files",
  setUpAMachine: "Set up a machine",
  aPackageIsFilesAREADME:
    "A package is files, a README and metadata under a name, with every version kept. Drop files or a folder on this page, or push from Python:",
  python: "Python",
  // InstallPanel
  getIt: "Get it",
  language: "Language",
  shell: "Shell",
  installToThisFolder: "Install to this folder",
  fetchToThisFolder: "Fetch to this folder",
  setItUp: "Set it up",
  firstTimeOnThisMachineSetIt: (setIt: ReactNode) => rich`First time on this machine? ${setIt}`,
  // MissingEntry
  revisionTopHash: (topHash: ReactNode) => rich`revision ${topHash}`,
  notInThisRevision: "Not in this revision",
  openShown: (shown: string) => `Open ${shown}/`,
  allFiles: "All files",
  allRevisions: "All revisions",
  revisionTopHashOfNameHasNo: (topHash: ReactNode, name: string, path: ReactNode) =>
    rich`Revision ${topHash} of ${name} has no ${path}.`,
  lookingForItInOtherRevisions: "Looking for it in other revisions…",
  itWasMovedToLinkBy: (link: ReactNode, pushed: ReactNode) => rich`It was moved to ${link} by ${pushed}`,
  itWasRemovedByPushed: (pushed: ReactNode) => rich`It was removed by ${pushed}`,
  itWasLastIn: "It was last in",
  itIsIn: "It is in",
  valueSeenPushedByPushed: (value: string, seen: ReactNode, pushed: ReactNode) =>
    rich`${value} ${seen}, pushed by ${pushed}`,
  itIsInNoneOfThe: (maxSearchedPushes: number) =>
    `It is in none of the last ${maxSearchedPushes} pushes either.`,
  unknown: "unknown",
  // MissingPackage
  thereIsNoSuchPackage: "There is no such package",
  allPackages: "All packages",
  packagesWithSuchAName: "Packages with such a name",
  itWasDeletedAgo: (ago: ReactNode) => rich`It was deleted ${ago}.`,
  manifest: "manifest",
  itsLastRevisionWasTopHashWhose: (topHash: ReactNode, manifest: ReactNode) =>
    rich` Its last revision was ${topHash}, whose ${manifest} is kept unless somebody removed it, as are its files.`,
  itMayHaveAnotherNameBe: "It may have another name, be in another bucket, or not be for your role.",
  // PackageActions
  revise: "Revise",
  moreActions: "More actions",
  compareWithAnotherRevision: "Compare with another revision",
  queryTheTables: "Query the tables…",
  copyQuiltURI: "Copy Quilt+ URI",
  deleteThisRevision2: "Delete this revision…",
  deleteThePackage: "Delete the package…",
  copied: "Copied",
  promote: "Promote…",
  // PackageFilePanel
  edit: "Edit",
  thePackageWasBuiltThereAnd: (physicalKey: string) =>
    `The package was built there and not pushed with its files: ${physicalKey}`,
  onlyOnSomebodysMachine: "Only on somebody's machine",
  itIsInBucketWhichYour: (bucket: ReactNode) =>
    rich`It is in ${bucket}, which your role does not include. Ask an administrator for access.`,
  youMayNotReadThisFile: "You may not read this file",
  theFileIsStoredAtPhysicalKey: (physicalKey: string) => `The file is stored at ${physicalKey}.`,
  notInS3: "Not in S3",
  file: "File",
  size: "Size",
  hash: "Hash",
  storedAt: "Stored at",
  quiltURI: "Quilt+ URI",
  version: "Version",
  // PackageFolder
  onlyOnTheMachineThatThe: (physicalKey: string) =>
    `Only on the machine that the package was built on: ${physicalKey}`,
  local: "local",
  youMayNotReadPhysicalKey: (physicalKey: string) => `You may not read ${physicalKey}`,
  noAccess: "no access",
  storedInAnotherBucketPhysicalKey: (physicalKey: string) => `Stored in another bucket: ${physicalKey}`,
  name: "Name",
  files: (totalEntries: number) => counted(totalEntries, "file"),
  files2: "Files",
  thePreferencesOfThisBucketSay: "The preferences of this bucket say so.",
  filesAreNotListedHere: "Files are not listed here",
  pictures: "Pictures",
  filesInPath: (path: string) => `Files in ${path}`,
  loadingTheFolder: "Loading the folder",
  thisFolderIsEmpty: "This folder is empty",
  noMessage: "No message",
  // PackagesPage
  nameFalling: "Name, falling",
  newestFirst: "Newest first",
  oldestFirst: "Oldest first",
  largestFirst: "Largest first",
  smallestFirst: "Smallest first",
  mostFilesFirst: "Most files first",
  fewestFilesFirst: "Fewest files first",
  packagesInBucket: (bucket: string) => `Packages in ${bucket}`,
  packages: "Packages",
  filterByName: "Filter by name",
  newPackage: "New package",
  theSearchIndexWhichSortsPackages:
    "The search index, which sorts packages and knows their metadata, is catching up. ",
  errorHereTheyAreByName: (error: string) => `${error}Here they are by name.`,
  packages2: (total: number) => counted(total, "package"),
  columns: "Columns",
  metadataToShow: "Metadata to show",
  noPackageHereHasMetadata: "No package here has metadata.",
  loadingPackages: "Loading packages",
  noPackageNameHereContainsContains: (contains: string) => `No package name here contains “${contains}”.`,
  noSuchPackage: "No such package",
  // ProblemsPage
  problemsInBucket: (bucket: string) => `Problems in ${bucket}`,
  problems: "Problems",
  revisionsWhoseManifestsAreMissingCannot:
    "Revisions whose manifests are missing, cannot be read, or are not what they were pushed as, and objects that could not be indexed.",
  loadingProblems: "Loading problems",
  allPackagesHereAreWhatThey: "All packages here are what they were pushed as, and all objects are indexed.",
  noProblems: "No problems",
  noPackage: "No package",
  // PushAuthor
  theStoreDidNotSayWho: "The store did not say who wrote this push",
  // QueryTablesDialog
  queryTheTables2: "Query the tables",
  allTablesOfAKindIn: "All tables of a kind in this revision, as one table in SQL.",
  lookingForTablesKnownOfFiles: (known: string, totalEntries: number) =>
    `Looking for tables: ${known} of ${counted(totalEntries, "file")}…`,
  thisRevisionHasNoTablesThat:
    "This revision has no tables that SQL reads: Parquet, CSV, TSV, JSON Lines, JSON, Arrow and spreadsheets.",
  inTheFirstFilesAQuery: (known: number) =>
    `In the first ${counted(known, "file")}; a query reads all of them.`,
  close: "Close",
  filesOfExtension: (files: number, extension: string) => counted(files, `.${extension} file`),
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
  valueHashChooseAnotherRevision: (value: string, hash: string) =>
    `${value} ${hash}: choose another revision`,
  loading: "Loading…",
  theRevisionsCouldNotBeLoaded: "The revisions could not be loaded.",
  // RevisionsPage
  message: "Message",
  agoByAuthorHashRow: (ago: ReactNode, author: string, hash: ReactNode, row: string) =>
    rich`${ago} by ${author} · ${hash} · ${row}`,
  unreadableRevision: "Unreadable revision",
  latest2: "latest",
  changed: "Changed",
  compare: "Compare",
  compareWithThePushBefore: "Compare with the push before",
  revisionsOfName: (name: string) => `Revisions of ${name}`,
  revisions: "Revisions",
  loadingRevisions: "Loading revisions",
  noRevisions: "No revisions",
  added: "added",
  removed: "removed",
  changed2: "changed",
  moved: "moved",
  withOtherMetadata: "with other metadata",
  files3: (count: number) => counted(count, "file"),
  bytesInAll: (bytes: string) => `${bytes} in all`,
  files4: (each: number) => counted(each, "file"),
  sameFiles: "same files",
  // UriPage
  findingIt: "Finding it",
  // packageColumns
  package: "Package",
  about: "About",
  updated: "Updated",
  manifestMissing: "manifest missing",
  corrupt: "corrupt",
  changedManifest: "changed manifest",
  // states
  ready: "ready",
  missing: "missing",
  mismatch: "mismatch",
  // place
  toIsNotAFileIn: (to: string) => `${to} is not a file in S3.`,
  // PackageCard
  byAuthor: (author: string) => ` by ${author}`,
  // PackageHeader
  revisions2: (revisions: number) => counted(revisions, "revision"),
  updatedAgoAuthor: (ago: ReactNode, author: ReactNode) => rich`updated ${ago}${author}`,
  packagesWithKeyValue: (key: string, value: string) => `Packages with ${key} ${value}`,
  historyRevisions: (revisions: number) => `History: ${counted(revisions, "revision")}`,
  // ObjectPicker
  addFromABucket: "Add from a bucket",
  toUnderOfThePackageNothing: (under: ReactNode) =>
    rich`To ${under} of the package. Nothing is copied: the package refers to the objects as they are now.`,
  bucket: "Bucket",
  addItems: (chosen: number) => `Add ${counted(chosen, "item")}`,
  add: "Add",
  loadingFiles: "Loading files",
  nothingHere: "Nothing here",
  filesAndFolders: "Files and folders",
  allOfKey: (key: string) => `All of ${key}/`,
  // PushFields
  messageRequired: "Message (required)",
  whatIsNewAndWhy: "What is new, and why",
  defaultConfig: (config: string) => `Default: ${config}`,
  none: "None",
  chooseOne: "Choose one…",
  packageMetadata: "Package metadata",
  checkingWithTheWorkflow: "Checking with the workflow…",
  theWorkflowWorkflowAcceptsThisPush: (workflow: string) => `The workflow “${workflow}” accepts this push.`,
  noWorkflowAppliesToThisPush: "No workflow applies to this push.",
  theWorkflowWorkflowWouldRefuseThis: (workflow: string) =>
    `The workflow “${workflow}” would refuse this push:`,
  thisPushWouldBeRefused: "This push would be refused:",
  andMore: "… and more.",
  // PushForm
  writeAUTHORNAMEWithLettersDigits: "Write AUTHOR/NAME, with letters, digits, - and _.",
  cancel: "Cancel",
  // ChosenEntries
  copyToABucket: "Copy to a bucket…",
  // PackagePage
  pathInName: (path: string, name: string) => `${path} in ${name}`,
  notTheLatest: "not the latest",
  loadingThePackage: "Loading the package",
  aPointerNamesAManifestThat:
    "A pointer names a manifest that is not in S3. Undelete it there, or push again.",
  theManifestCannotBeReadRestore:
    "The manifest cannot be read. Restore an earlier version of it, or push again.",
  theManifestIsNotWhatIt:
    "The manifest is not what it is named after: somebody changed it. Restore what was pushed, or push again.",
  notWhatItSays: "not what it says",
  thisRevisionIsState: (state: string) => `This revision is ${state}`,
  otherRevisions: "Other revisions",
  metadata: "Metadata",
  noMetadata: "No metadata.",
  thePushGaveNoMetadata: "The push gave no metadata.",
  metadataHere: "Metadata here",
});
