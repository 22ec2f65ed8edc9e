import type { t as english } from "@/language/en/features/packages/activity";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // ActivityPage
  activityName: name => `Aktivität von ${name}`,
  activity: "Aktivität",
  loadingActivity: "Die Aktivität wird geladen",
  noActivity: "Keine Aktivität",
  showMore: "Mehr anzeigen",
  pushed: "hat gepusht:",
  promoted: "hat weitergegeben:",
  deleted: "hat gelöscht:",
  deletedPackage: "hat das Paket gelöscht",
  somebody: "Jemand",
  revision: "eine Revision",
  client: " mit einem Client",
  throughRegistry: " über die Registry",
  deletedSince: ", inzwischen gelöscht",
  changes: "Änderungen",
  tagTag: tag => rich`Tag ${tag}`,
};
