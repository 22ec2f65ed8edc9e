import type { t as english } from "@/language/en/preview/containers";
import { counted } from "@/language/language";

export const t: typeof english = {
  // ArchiveViewer
  path: "Pfad",
  size: "Größe",
  modified: "Geändert",
  membersMore: total => `${total} Dateien und mehr`,
  membersTotal: total => counted(total, "Datei", "Dateien"),
  firstListed: members => `, die ersten ${members} sind aufgeführt`,
  findMember: "Eine Datei finden",
  showAll: "Alle zeigen",
  noPathLetters: "Kein Pfad enthält diese Buchstaben",
  archiveEmpty: "Das Archiv ist leer",
  contentsName: name => `Inhalt von ${name}`,
  // PackageViewer
  file: "Datei",
  noMessage: "Keine Nachricht.",
  findPackageRevision: "Das Paket dieser Revision finden",
  packageMetadata: "Metadaten des Pakets",
  firstFilesListed: entries => `Die ersten ${entries} Dateien sind aufgeführt.`,
  filesPackage: "Dateien des Pakets",
  // TreeViewer
  fileHoldsNothing: "Die Datei enthält nichts",
  treeName: name => `Baum von ${name}`,
  moreOf: of => `${of} weitere …`,
  attributesAttributes: attributes => counted(attributes, "Attribut", "Attribute"),
  attributesName: name => `Attribute von ${name}`,
  scalar: "Skalar",
};
