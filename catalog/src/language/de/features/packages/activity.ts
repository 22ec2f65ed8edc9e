import type { t as english } from "@/language/en/features/packages/activity";
import { rich } from "@/language/rich";

export const t: typeof english = {
  // ActivityPage
  activityOfName: name => `Aktivität von ${name}`,
  activity: "Aktivität",
  loadingTheActivity: "Die Aktivität wird geladen",
  noActivity: "Keine Aktivität",
  showMore: "Mehr anzeigen",
  pushed: "hat gepusht:",
  promoted: "hat weitergegeben:",
  deleted: "hat gelöscht:",
  deletedThePackage: "hat das Paket gelöscht",
  somebody: "Jemand",
  aRevision: "eine Revision",
  withAClient: " mit einem Client",
  throughTheRegistry: " über die Registry",
  deletedSince: ", inzwischen gelöscht",
  changes: "Änderungen",
  tagTag: tag => rich`Tag ${tag}`,
};
