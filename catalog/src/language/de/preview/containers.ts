import type { t as english } from "@/language/en/preview/containers";
import { counted } from "@/language/language";

export const t: typeof english = {
  // ArchiveViewer
  path: "Pfad",
  size: "Größe",
  modified: "Geändert",
  totalMembersAndMore: total => `${total} Dateien und mehr`,
  members: total => counted(total, "Datei", "Dateien"),
  theFirstMembersAreListed: members => `, die ersten ${members} sind aufgeführt`,
  findAMember: "Eine Datei finden",
  showAll: "Alle zeigen",
  noPathHasTheseLetters: "Kein Pfad enthält diese Buchstaben",
  theArchiveIsEmpty: "Das Archiv ist leer",
  contentsOfName: name => `Inhalt von ${name}`,
  // PackageViewer
  file: "Datei",
  noMessage: "Keine Nachricht.",
  findThePackageOfThisRevision: "Das Paket dieser Revision finden",
  packageMetadata: "Metadaten des Pakets",
  theFirstEntriesFilesAreListed: entries => `Die ersten ${entries} Dateien sind aufgeführt.`,
  filesOfThePackage: "Dateien des Pakets",
  // TreeViewer
  theFileHoldsNothing: "Die Datei enthält nichts",
  treeOfName: name => `Baum von ${name}`,
  ofMore: of => `${of} weitere …`,
  attributes: attributes => counted(attributes, "Attribut", "Attribute"),
  attributesOfName: name => `Attribute von ${name}`,
  scalar: "Skalar",
};
