import { counted, section } from "@/language/language";

export const t = section("preview/containers", {
  // ArchiveViewer
  path: "Path",
  size: "Size",
  modified: "Modified",
  membersMore: (total: string) => `${total} members and more`,
  membersTotal: (total: number) => counted(total, "member"),
  firstListed: (members: string) => `, the first ${members} are listed`,
  findMember: "Find a member",
  showAll: "Show all",
  noPathLetters: "No path has these letters",
  archiveEmpty: "The archive is empty",
  contentsName: (name: string) => `Contents of ${name}`,
  // PackageViewer
  file: "File",
  noMessage: "No message.",
  findPackageRevision: "Find the package of this revision",
  packageMetadata: "Package metadata",
  firstFilesListed: (entries: number) => `The first ${entries} files are listed.`,
  filesPackage: "Files of the package",
  // TreeViewer
  fileHoldsNothing: "The file holds nothing",
  treeName: (name: string) => `Tree of ${name}`,
  moreOf: (of: number) => `${of} more…`,
  attributesAttributes: (attributes: number) => counted(attributes, "attribute"),
  attributesName: (name: string) => `Attributes of ${name}`,
  scalar: "scalar",
});
