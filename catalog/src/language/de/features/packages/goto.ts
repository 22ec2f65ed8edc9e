import type { t as english } from "@/language/en/features/packages/goto";
import { counted } from "@/language/language";

export const t: typeof english = {
  // GoToFile
  goToFile: "Zu einer Datei gehen",
  goToFileT: "Zu einer Datei gehen (t)",
  lookFurther: "Weiter suchen",
  tryAgain: "Noch einmal versuchen",
  noFileFound: "Keine Datei gefunden",
  filesFound: total => counted(total, "Datei gefunden", "Dateien gefunden"),
  files: known => counted(known, "Datei", "Dateien"),
  lookedAtKnownOfAll: (known, all) => ` · ${known} von ${all} angesehen …`,
  lookedAtKnownOfAllType: (known, all) =>
    ` · ${known} von ${all} angesehen; geben Sie einen Ordner ein, um zuerst dort zu suchen`,
};
