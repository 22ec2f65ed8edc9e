import type { ReactNode } from "react";
import { section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/packages/activity", {
  // ActivityPage
  activityOfName: (name: string) => `Activity of ${name}`,
  activity: "Activity",
  loadingTheActivity: "Loading the activity",
  noActivity: "No activity",
  showMore: "Show more",
  pushed: "pushed",
  promoted: "promoted",
  deleted: "deleted",
  deletedThePackage: "deleted the package",
  somebody: "Somebody",
  aRevision: "a revision",
  withAClient: " with a client",
  throughTheRegistry: " through the registry",
  deletedSince: ", deleted since",
  changes: "Changes",
  tagTag: (tag: ReactNode) => rich`tag ${tag}`,
});
