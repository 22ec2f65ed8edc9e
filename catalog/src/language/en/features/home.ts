import { counted, section } from "@/language/language";

export const t = section("features/home", {
  // BucketRail
  buckets: "Buckets",
  addBucket: "Add a bucket",
  all: "All",
  filterBuckets: "Filter buckets",
  loadingBuckets: "Loading buckets",
  seeNoBucket: "You see no bucket yet.",
  showMore: "Show more",
  packagesPackages: (packages: number) => counted(packages, "package"),
  noPackages: "no packages",
  // Examples
  example: "For example",
  // FirstSteps
  almost: "Almost there",
  threeStepsFirst: "Three steps to the first data set",
  bucket: "A bucket",
  registeredTitle: (title: string) => `${title} is registered.`,
  dataStayOwn: "Data stay in your own S3 buckets. Register one that is there, or make a new one.",
  registerBucket: "Register a bucket",
  roleIncludesNo:
    "Your role includes no bucket. Ask an administrator to register one, or to give you a role that reads one.",
  package: "A package",
  firstPackagePushed: "The first package is pushed.",
  filesReadmeMetadata:
    "Files, a README and metadata under a name, with every version kept. Push from the browser:",
  pushFiles: "Push files",
  pythonMachineSet: "or from Python, on a machine that is set up as the install page says:",
  python: "Python",
  setUpMachine: "Set up a machine",
  roleReadsBut:
    "Your role reads, but does not write here. Somebody with a role that writes pushes the first one.",
  people: "People",
  invitePeopleUse: "Invite the people who use the data, with a role that reads the bucket.",
  invitePeople: "Invite people",
  whoeverRoleReads: "Whoever has a role that reads the bucket finds the package here.",
  done: " (done)",
  // HomePage
  home: "Home",
  findData: "Find data",
  bookmarked: "Bookmarked",
  yours: "Yours",
  recentlyUpdated: "Recently updated",
  loadingPackages: "Loading packages",
  packagesListedSoon: "Packages are listed here as soon as the search index has them.",
  indexBeingMade: "The index is being made",
  // InstallPage
  install: "Install",
  workPackagesOwn: "Work with packages from your own machine",
  quilt3ClientShell: "With the quilt3 client, from a shell or from Python 3.9 and newer.",
  n1SetUp: "1 · Set up, once",
  shell: "Shell",
  n2InstallPackage: "2 · Install a package",
  python2: "Or from Python",
  addressesInstance: "Addresses of this instance",
  catalog: "Catalog",
  registry: "Registry",
});
