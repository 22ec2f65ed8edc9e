import type { ReactNode } from "react";
import { counted, section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/buckets", {
  // BucketActions
  edit: "Edit",
  editName: (name: string) => `Edit ${name}`,
  unregister: "Unregister",
  unregisterName: (name: string) => `Unregister ${name}?`,
  disappearsCatalogSearch:
    "It disappears from the catalog and from search. Its contents stay in S3, and it can be added again.",
  // BucketForm
  title: "Title",
  description: "Description",
  tags: "Tags",
  separatedCommas: "Separated by commas.",
  filesWhoseContent: "Files whose content can be searched",
  allTextsTables: "all texts, tables and documents",
  extensionsSeparatedCommas:
    "Extensions separated by commas, for example .csv, .md. Files that are there already are read again.",
  contentFileCan: "Content of a file that can be searched",
  countedBeginningFile: "Counted from the beginning of the file. At most 10 MiB, and 0 for none.",
  reportsS3Inventory: "Reports of S3 Inventory",
  none: "none",
  folderS3Bucket:
    "Their folder, s3://bucket/prefix/source/configuration. The index of a very large bucket is compared with them, instead of with listings alone.",
  n363Lower: "3 to 63 lower-case letters, digits, dots and hyphens.",
  addBucket: "Add a bucket",
  registryCreatesBucket:
    "The registry creates the bucket in S3, or takes it over with everything in it if it exists.",
  addBucket2: "Add bucket",
  registeredAlready: (name: string) => `${name} is registered already.`,
  bucketName: "Bucket name",
  shownPeopleDefaults: "Shown to people. Defaults to the bucket's name.",
  wholeNumber: "A whole number.",
  peopleSeeBucket: "What people see of the bucket, and what they find in it.",
  save: "Save",
  setUpAgain: "Set up again",
  versioningCorsNotifications:
    "Versioning, CORS and notifications are set up again, and the index is being checked.",
  bucketNeedsTitle: "A bucket needs a title.",
  relevance: "Relevance",
  bucketsHigherNumber: "Buckets with a higher number come first. Overviews hide buckets with a negative one.",
  sizeMost10: "A size of at most 10 MiB, for example 256 KiB.",
  // BucketOverviewPage
  overviewTitle: (title: string) => `Overview of ${title}`,
  about: "About",
  bucket: "Bucket",
  packages: "Packages",
  size: "Size",
  holds: "Holds",
  access: "Your access",
  added: "Added",
  added2: "Added by",
  moreThanRevisions: (wrong: string) => `More than ${wrong} revisions`,
  revisionsWrong: (wrong: number) => counted(wrong, "revision"),
  seeWrong: "See what is wrong",
  packagesCannotShown: (wrong: string, seeWhat: ReactNode) =>
    rich`${wrong} of packages here cannot be shown. ${seeWhat}`,
  readWrite: "read and write",
  read: "read",
  packagesShared: "packages that are shared with you",
  latestPackages: "Latest packages",
  allPackages: "All packages",
  loadingPackages: "Loading packages",
  topBucketShown: (code: ReactNode) =>
    rich`A ${code} at the top of the bucket is shown here. Describe in it what this bucket is for.`,
  noReadmeYet: "No README yet",
  loadingReadme: "Loading the README",
  // BucketsAdminPage
  actions: "Actions",
  packagesQuilt2: "packages of Quilt 2",
  settingsInstance: "settings of the instance",
  buckets: "Buckets",
  allBucketsRegistered: "All buckets that are registered here.",
  loadingBuckets: "Loading buckets",
  addFirstOne: "Add the first one: an existing S3 bucket, or a new one.",
  noBucketsYet: "No buckets yet",
  // BucketsPage
  whereTeamsKeep: "Where your teams keep their data packages and files.",
  filterBuckets: "Filter buckets",
  roleDoesNot: "Your role does not include any bucket. Ask an administrator for access.",
  listBelowMay: (error: string) => `${error} The list below may be out of date.`,
  noBucketCalled: (filter: string) => `No bucket is called “${filter}”`,
  showMore: "Show more",
  packageUpdated: (packages: number, totalBytes: string, ago: ReactNode) =>
    rich`${counted(packages, "package")}, ${totalBytes}, updated ${ago}`,
  // CompletenessPanel
  index: "Index",
  comparingIndexBucket: "Comparing the index with the bucket",
  completeUp: "Complete up to",
  lastCompared: "Last compared",
  reportS3Inventory: "Report of S3 Inventory",
  objects: "Objects",
  pushes: "Pushes",
  manifests: "Manifests",
  contentsRead: "Contents to be read",
  filesUnreadObjects: (unreadObjects: number) => counted(unreadObjects, "file"),
  problems: "Problems",
  revisionsProblems: (problems: number) => counted(problems, "revision"),
  noneYet: "none yet",
  bucketBeingCompared: (parts: string, parts2: number) =>
    `The bucket is being compared with the index: ${parts} of ${counted(parts2, "part")} done.`,
  keyBucketCould: (differing: number) =>
    `${counted(differing, "key")} of the bucket could not be brought into the index. They are tried again.`,
  partBucketMay: (partsSuspected: number) =>
    `${counted(partsSuspected, "part")} of the bucket may have changes that are not in the index yet. They are compared next.`,
  everythingBucketIndex: "Everything in the bucket is in the index.",
  s3Index: (count: string, count2: string) => `${count} in S3, ${count2} in the index`,
  // BucketLayout
  readOnly: "read only",
  packagesForYou: "packages for you",
  overview: "Overview",
  files: "Files",
  workflows: "Workflows",
  insight: "Insight",
});
