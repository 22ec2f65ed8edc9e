import type { ReactNode } from "react";
import { counted, section } from "@/language/language";
import { rich } from "@/language/rich";

export const t = section("features/packages/promote", {
  // PromotePage
  promoteName: (name: string) => `Promote ${name}`,
  packages: "Packages",
  promote: "Promote",
  loadingPackage: "Loading the package",
  loadingWorkflows: "Loading the workflows",
  packageAlreadyChoose: "The package is there already. Choose another bucket or another name.",
  revisionFile: (topHash: ReactNode, totalEntries: number, totalBytes: string) =>
    rich`Revision ${topHash}: ${counted(totalEntries, "file")}, ${totalBytes}`,
  roleMayNot: "Your role may not write to any bucket. Ask an administrator for access.",
  noBucketPromote: "No bucket to promote to",
  destination: "Destination",
  package: "Package",
  copyObjects: (to: string) => `Copy the objects to ${to}`,
  newPackageDoes: "The new package does not depend on the bucket where they are now.",
  newPackageRefers:
    "The new package refers to the objects where they are now. Its readers need access to both buckets.",
  // destinations
  nextStep: (title: string) => `${title} (next step)`,
});
