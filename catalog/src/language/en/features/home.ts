import { counted, section } from "@/language/language";

export const t = section("features/home", {
  // BucketRail
  buckets: "Buckets",
  addABucket: "Add a bucket",
  all: "All",
  filterBuckets: "Filter buckets",
  loadingBuckets: "Loading buckets",
  youSeeNoBucketYet: "You see no bucket yet.",
  showMore: "Show more",
  packages: (packages: number) => counted(packages, "package"),
  noPackages: "no packages",
  // Examples
  forExample: "For example",
  // FirstSteps
  almostThere: "Almost there",
  threeStepsToTheFirstData: "Three steps to the first data set",
  aBucket: "A bucket",
  titleIsRegistered: (title: string) => `${title} is registered.`,
  dataStayInYourOwnS3: "Data stay in your own S3 buckets. Register one that is there, or make a new one.",
  registerABucket: "Register a bucket",
  yourRoleIncludesNoBucketAsk:
    "Your role includes no bucket. Ask an administrator to register one, or to give you a role that reads one.",
  aPackage: "A package",
  theFirstPackageIsPushed: "The first package is pushed.",
  filesAREADMEAndMetadataUnder:
    "Files, a README and metadata under a name, with every version kept. Push from the browser:",
  pushFiles: "Push files",
  orFromPythonOnAMachine: "or from Python, on a machine that is set up as the install page says:",
  python: "Python",
  setUpAMachine: "Set up a machine",
  yourRoleReadsButDoesNot:
    "Your role reads, but does not write here. Somebody with a role that writes pushes the first one.",
  people: "People",
  inviteThePeopleWhoUseThe: "Invite the people who use the data, with a role that reads the bucket.",
  invitePeople: "Invite people",
  whoeverHasARoleThatReads: "Whoever has a role that reads the bucket finds the package here.",
  done: " (done)",
  // HomePage
  home: "Home",
  findData: "Find data",
  bookmarked: "Bookmarked",
  yours: "Yours",
  recentlyUpdated: "Recently updated",
  loadingPackages: "Loading packages",
  packagesAreListedHereAsSoon: "Packages are listed here as soon as the search index has them.",
  theIndexIsBeingMade: "The index is being made",
  // InstallPage
  install: "Install",
  workWithPackagesFromYourOwn: "Work with packages from your own machine",
  withTheQuilt3ClientFromA: "With the quilt3 client, from a shell or from Python 3.9 and newer.",
  n1SetUpOnce: "1 · Set up, once",
  shell: "Shell",
  n2InstallAPackage: "2 · Install a package",
  orFromPython: "Or from Python",
  addressesOfThisInstance: "Addresses of this instance",
  catalog: "Catalog",
  registry: "Registry",
});
