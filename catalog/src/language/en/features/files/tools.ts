import { section } from "@/language/language";

export const t = section("features/files/tools", {
  // BookmarkButton
  bookmark: "Bookmark",
  // DownloadButton
  download: "Download",
  // NeighbourLinks
  previousFile: "Previous file",
  nextFile: "Next file",
});
