import { counted, section } from "@/language/language";

export const t = section("features/insight", {
  // BucketInsightPage, PackageInsightPage
  insightOf: (name: string) => `Insight of ${name}`,
  loadingTheInsight: "Loading the insight",
  addingUpThePackages: "Adding up the packages",
  noPackagesYet: "No packages yet",
  onceTheBucketHasPackages: "Once the bucket has packages, this page shows how they grow.",
  packages: "Packages",
  package: "Package",
  latestRevision: "Latest revision",
  size: "Size",
  files: "Files",
  pushes: "Pushes",
  revisions: "Revisions",
  addedUp: "Added up",
  kinds: "Kinds",
  largestPackages: "Largest packages",
  oldestPushesAreLeftOut: (pushes: string) =>
    `The package has ${pushes} pushes. The oldest ones are left out of what follows.`,
  // KindsBar
  kindsAreNotKnown: "The kinds have not been added up yet.",
  noBytes: "There are no bytes.",
  // GrowthPanels
  sizeBetween: (from: string, to: string, first: string, last: string) =>
    `Size from ${from} to ${to}: first ${first}, last ${last}`,
  pushesBetween: (pushes: number, from: string, to: string, most: string, when: string) =>
    `${counted(pushes, "push", "pushes")} from ${from} to ${to}; the most, ${most}, in ${when}`,
  pushesByDay: "Pushes by day",
  pushesByWeek: "Pushes by week",
  pushesByMonth: "Pushes by month",
  weekOf: (day: string) => `week of ${day}`,
  countedPushes: (pushes: number) => counted(pushes, "push", "pushes"),
  asATable: "As a table",
  growth: "Growth",
  time: "Time",
  sizeAtItsEnd: "Size at its end",
  filesAtItsEnd: "Files at its end",
  // Pushers
  mostPushes: "Most pushes",
  thoseWhoPushMost: "Those who push most",
  by: "By",
  last: "Last",
  unknown: "unknown",
  // Uses
  useByWeek: "Use by week",
  installs: "Installs",
  previews: "Previews",
  archives: "Archives",
  gatewayReads: "Reads through the package gateway",
  s3Reads: "Reads straight from S3",
  countedInstalls: (uses: number) => counted(uses, "install"),
  countedPreviews: (uses: number) => counted(uses, "preview"),
  countedArchives: (uses: number) => counted(uses, "archive"),
  countedReads: (uses: number) => counted(uses, "read"),
  inAll: (uses: string) => `${uses} in all`,
  inThePastWeeks: (uses: string, weeks: number) => `${uses} in the past ${counted(weeks, "week")}`,
  thisWeek: "this week",
  weeksAgo: (weeks: number) => `${counted(weeks, "week")} ago`,
  notCounted: "not counted",
  countedSince: (day: string) =>
    `Installs and reads straight from S3 are counted in logs of S3, since ${day}. The logs come minutes to hours after the reads.`,
  clientsReadFromS3:
    "quilt3 reads packages straight from S3. Its installs can be counted in CloudTrail or in server access logs, where administrators have set that up.",
});
