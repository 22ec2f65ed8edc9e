import type { t as english } from "@/language/en/features/packages/goto";
import { counted } from "@/language/language";

export const t: typeof english = {
  // GoToFile
  goFile: "Zu Datei gehen",
  goFileT: "Zu Datei gehen (t)",
  lookFurther: "Weiter suchen",
  tryAgain: "Noch einmal versuchen",
  noFileFound: "Keine Datei gefunden",
  fileFounds: total => counted(total, "Datei gefunden", "Dateien gefunden"),
  filesKnown: known => counted(known, "Datei", "Dateien"),
  lookedKnownAll: (known, all) => ` · ${known} von ${all} angesehen …`,
  lookedTypeFolder: (known, all) =>
    ` · ${known} von ${all} angesehen; geben Sie einen Ordner ein, um zuerst dort zu suchen`,
};
