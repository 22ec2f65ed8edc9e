import type { t as english } from "@/language/en/features/packages/promote";
import { counted } from "@/language/language";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // destinations
  titleNextStep: title => `${title} (nächster Schritt)`,
  // PromotePage
  promoteName: name => `${name} weitergeben`,
  packages: "Pakete",
  promote: "Weitergeben",
  loadingThePackage: "Das Paket wird geladen",
  loadingTheWorkflows: "Die Workflows werden geladen",
  thePackageIsThereAlreadyChoose:
    "Das Paket ist dort schon vorhanden. Wählen Sie einen anderen Bucket oder einen anderen Namen.",
  revisionTopHashFilesTotalBytes: (topHash, totalEntries, totalBytes) =>
    rich`Revision ${topHash}: ${counted(totalEntries, "Datei", "Dateien")}, ${totalBytes}`,
  yourRoleMayNotWriteTo:
    "Ihre Rolle darf in keinen Bucket schreiben. Bitten Sie die Administration um Zugriff.",
  noBucketToPromoteTo: "Kein Bucket zum Weitergeben",
  destination: "Ziel",
  package: "Paket",
  copyTheObjectsToTo: to => `Die Objekte nach ${to} kopieren`,
  theNewPackageDoesNotDepend: "Das neue Paket hängt nicht von dem Bucket ab, in dem sie jetzt liegen.",
  theNewPackageRefersToThe:
    "Das neue Paket verweist auf die Objekte, wo sie jetzt liegen. Wer es liest, braucht Zugriff auf beide Buckets.",
};
