import type { t as english } from "@/language/en/services/files";

export const t: typeof english = {
  // downloads
  registry: "Die Registry",
  fileStore: "Der Dateispeicher",
  // saving
  connectionCut: "Die Verbindung wurde unterbrochen.",
  fileStoreCannot: "Der Dateispeicher ist nicht erreichbar.",
  fileChangedSince: "Die Datei hat sich geändert, seit das Paket gepusht wurde.",
  fileMachineCannot: "Eine Datei auf diesem Rechner kann nicht so heißen.",
  folderNameAlready: "Ein Ordner dieses Namens ist schon vorhanden.",
  diskFull: "Die Festplatte ist voll.",
  browserMayNot: "Der Browser darf in diesen Ordner nicht schreiben.",
};
