import type { ReactNode } from "react";
import { counted, section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/packages/promote", {
  // destinations
  titleNextStep: (title: string) => `${title} (next step)`,
  // PromotePage
  promoteName: (name: string) => `Promote ${name}`,
  packages: "Packages",
  promote: "Promote",
  loadingThePackage: "Loading the package",
  loadingTheWorkflows: "Loading the workflows",
  thePackageIsThereAlreadyChoose: "The package is there already. Choose another bucket or another name.",
  revisionTopHashFilesTotalBytes: (topHash: ReactNode, totalEntries: number, totalBytes: string) =>
    rich`Revision ${topHash}: ${counted(totalEntries, "file")}, ${totalBytes}`,
  yourRoleMayNotWriteTo: "Your role may not write to any bucket. Ask an administrator for access.",
  noBucketToPromoteTo: "No bucket to promote to",
  destination: "Destination",
  package: "Package",
  copyTheObjectsToTo: (to: string) => `Copy the objects to ${to}`,
  theNewPackageDoesNotDepend: "The new package does not depend on the bucket where they are now.",
  theNewPackageRefersToThe:
    "The new package refers to the objects where they are now. Its readers need access to both buckets.",
});
