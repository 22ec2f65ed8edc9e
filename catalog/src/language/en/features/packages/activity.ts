import type { ReactNode } from "react";
import { section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/packages/activity", {
  // ActivityPage
  activityName: (name: string) => `Activity of ${name}`,
  activity: "Activity",
  loadingActivity: "Loading the activity",
  noActivity: "No activity",
  showMore: "Show more",
  pushed: "pushed",
  promoted: "promoted",
  deleted: "deleted",
  deletedPackage: "deleted the package",
  somebody: "Somebody",
  revision: "a revision",
  client: " with a client",
  throughRegistry: " through the registry",
  deletedSince: ", deleted since",
  changes: "Changes",
  tagTag: (tag: ReactNode) => rich`tag ${tag}`,
});
