import type { ReactNode } from "react";
import { counted, section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/buckets", {
  // BucketActions
  edit: "Edit",
  editName: (name: string) => `Edit ${name}`,
  unregister: "Unregister",
  unregisterName: (name: string) => `Unregister ${name}?`,
  itDisappearsFromTheCatalogAnd:
    "It disappears from the catalog and from search. Its contents stay in S3, and it can be added again.",
  // BucketForm
  title: "Title",
  description: "Description",
  tags: "Tags",
  separatedByCommas: "Separated by commas.",
  filesWhoseContentCanBeSearched: "Files whose content can be searched",
  allTextsTablesAndDocuments: "all texts, tables and documents",
  extensionsSeparatedByCommasForExample:
    "Extensions separated by commas, for example .csv, .md. Files that are there already are read again.",
  contentOfAFileThatCan: "Content of a file that can be searched",
  countedFromTheBeginningOfThe: "Counted from the beginning of the file. At most 10 MiB, and 0 for none.",
  reportsOfS3Inventory: "Reports of S3 Inventory",
  none: "none",
  theirFolderS3BucketPrefixSource:
    "Their folder, s3://bucket/prefix/source/configuration. The index of a very large bucket is compared with them, instead of with listings alone.",
  n3To63LowerCaseLetters: "3 to 63 lower-case letters, digits, dots and hyphens.",
  addABucket: "Add a bucket",
  theRegistryCreatesTheBucketIn:
    "The registry creates the bucket in S3, or takes it over with everything in it if it exists.",
  addBucket: "Add bucket",
  nameIsRegisteredAlready: (name: string) => `${name} is registered already.`,
  bucketName: "Bucket name",
  shownToPeopleDefaultsToThe: "Shown to people. Defaults to the bucket's name.",
  aWholeNumber: "A whole number.",
  whatPeopleSeeOfTheBucket: "What people see of the bucket, and what they find in it.",
  save: "Save",
  setUpAgain: "Set up again",
  versioningCORSAndNotificationsAreSet:
    "Versioning, CORS and notifications are set up again, and the index is being checked.",
  aBucketNeedsATitle: "A bucket needs a title.",
  relevance: "Relevance",
  bucketsWithAHigherNumberCome:
    "Buckets with a higher number come first. Overviews hide buckets with a negative one.",
  aSizeOfAtMost10: "A size of at most 10 MiB, for example 256 KiB.",
  // BucketOverviewPage
  overviewOfTitle: (title: string) => `Overview of ${title}`,
  about: "About",
  bucket: "Bucket",
  packages: "Packages",
  size: "Size",
  holds: "Holds",
  yourAccess: "Your access",
  added: "Added",
  addedBy: "Added by",
  moreThanWrongRevisions: (wrong: string) => `More than ${wrong} revisions`,
  revisions: (wrong: number) => counted(wrong, "revision"),
  seeWhatIsWrong: "See what is wrong",
  wrongOfPackagesHereCannotBe: (wrong: string, seeWhat: ReactNode) =>
    rich`${wrong} of packages here cannot be shown. ${seeWhat}`,
  readAndWrite: "read and write",
  read: "read",
  packagesThatAreSharedWithYou: "packages that are shared with you",
  latestPackages: "Latest packages",
  allPackages: "All packages",
  loadingPackages: "Loading packages",
  aCodeAtTheTopOf: (code: ReactNode) =>
    rich`A ${code} at the top of the bucket is shown here. Describe in it what this bucket is for.`,
  noREADMEYet: "No README yet",
  loadingTheREADME: "Loading the README",
  // BucketsAdminPage
  actions: "Actions",
  packagesOfQuilt2: "packages of Quilt 2",
  settingsOfTheInstance: "settings of the instance",
  buckets: "Buckets",
  allBucketsThatAreRegisteredHere: "All buckets that are registered here.",
  loadingBuckets: "Loading buckets",
  addTheFirstOneAnExisting: "Add the first one: an existing S3 bucket, or a new one.",
  noBucketsYet: "No buckets yet",
  // BucketsPage
  whereYourTeamsKeepTheirData: "Where your teams keep their data packages and files.",
  filterBuckets: "Filter buckets",
  yourRoleDoesNotIncludeAny: "Your role does not include any bucket. Ask an administrator for access.",
  errorTheListBelowMayBe: (error: string) => `${error} The list below may be out of date.`,
  noBucketIsCalledFilter: (filter: string) => `No bucket is called “${filter}”`,
  showMore: "Show more",
  packagesTotalBytesUpdatedAgo: (packages: number, totalBytes: string, ago: ReactNode) =>
    rich`${counted(packages, "package")}, ${totalBytes}, updated ${ago}`,
  // CompletenessPanel
  index: "Index",
  comparingTheIndexWithTheBucket: "Comparing the index with the bucket",
  completeUpTo: "Complete up to",
  lastCompared: "Last compared",
  reportOfS3Inventory: "Report of S3 Inventory",
  objects: "Objects",
  pushes: "Pushes",
  manifests: "Manifests",
  contentsToBeRead: "Contents to be read",
  files: (unreadObjects: number) => counted(unreadObjects, "file"),
  problems: "Problems",
  revisions2: (problems: number) => counted(problems, "revision"),
  noneYet: "none yet",
  theBucketIsBeingComparedWith: (parts: string, parts2: number) =>
    `The bucket is being compared with the index: ${parts} of ${counted(parts2, "part")} done.`,
  keysOfTheBucketCouldNot: (differing: number) =>
    `${counted(differing, "key")} of the bucket could not be brought into the index. They are tried again.`,
  partsOfTheBucketMayHave: (partsSuspected: number) =>
    `${counted(partsSuspected, "part")} of the bucket may have changes that are not in the index yet. They are compared next.`,
  everythingInTheBucketIsIn: "Everything in the bucket is in the index.",
  countInS3Count2InThe: (count: string, count2: string) => `${count} in S3, ${count2} in the index`,
});
