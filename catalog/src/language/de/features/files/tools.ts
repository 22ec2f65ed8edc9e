import type { t as english } from "@/language/en/features/files/tools";

export const t: typeof english = {
  // BookmarkButton
  bookmark: "Lesezeichen",
  // DownloadButton
  download: "Herunterladen",
  // NeighbourLinks
  previousFile: "Vorige Datei",
  nextFile: "Nächste Datei",
};
