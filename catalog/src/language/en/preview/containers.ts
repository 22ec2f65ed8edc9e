import { counted, section } from "@/language/language";

export const t = section("preview/containers", {
  // ArchiveViewer
  path: "Path",
  size: "Size",
  modified: "Modified",
  totalMembersAndMore: (total: string) => `${total} members and more`,
  members: (total: number) => counted(total, "member"),
  theFirstMembersAreListed: (members: string) => `, the first ${members} are listed`,
  findAMember: "Find a member",
  showAll: "Show all",
  noPathHasTheseLetters: "No path has these letters",
  theArchiveIsEmpty: "The archive is empty",
  contentsOfName: (name: string) => `Contents of ${name}`,
  // PackageViewer
  file: "File",
  noMessage: "No message.",
  findThePackageOfThisRevision: "Find the package of this revision",
  packageMetadata: "Package metadata",
  theFirstEntriesFilesAreListed: (entries: number) => `The first ${entries} files are listed.`,
  filesOfThePackage: "Files of the package",
  // TreeViewer
  theFileHoldsNothing: "The file holds nothing",
  treeOfName: (name: string) => `Tree of ${name}`,
  ofMore: (of: number) => `${of} more…`,
  attributes: (attributes: number) => counted(attributes, "attribute"),
  attributesOfName: (name: string) => `Attributes of ${name}`,
  scalar: "scalar",
});
