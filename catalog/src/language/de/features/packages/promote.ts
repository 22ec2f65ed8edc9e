import type { t as english } from "@/language/en/features/packages/promote";
import { counted } from "@/language/language";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // PromotePage
  promoteName: name => `${name} weitergeben`,
  packages: "Pakete",
  promote: "Weitergeben",
  loadingPackage: "Das Paket wird geladen",
  loadingWorkflows: "Die Workflows werden geladen",
  packageAlreadyChoose:
    "Das Paket ist dort schon vorhanden. Wählen Sie einen anderen Bucket oder einen anderen Namen.",
  revisionFile: (topHash, totalEntries, totalBytes) =>
    rich`Revision ${topHash}: ${counted(totalEntries, "Datei", "Dateien")}, ${totalBytes}`,
  roleMayNot: "Ihre Rolle darf in keinen Bucket schreiben. Bitten Sie die Administration um Zugriff.",
  noBucketPromote: "Kein Bucket zum Weitergeben",
  destination: "Ziel",
  package: "Paket",
  copyObjects: to => `Die Objekte nach ${to} kopieren`,
  newPackageDoes: "Das neue Paket hängt nicht von dem Bucket ab, in dem sie jetzt liegen.",
  newPackageRefers:
    "Das neue Paket verweist auf die Objekte, wo sie jetzt liegen. Wer es liest, braucht Zugriff auf beide Buckets.",
  // destinations
  nextStep: title => `${title} (nächster Schritt)`,
};
