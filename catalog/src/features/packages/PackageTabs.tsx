/** The ways to look at a package, or at a folder of it. */
import { Activity, Braces, ChartLine, FolderTree, History, LayoutDashboard } from "lucide-react";
import { t } from "@/language/en/features/packages";
import { entryPath, packagePath } from "@/lib/paths";
import { Tabs } from "@/ui/Tabs";

export type PackageTab = "data" | "files" | "metadata" | "revisions" | "activity" | "insight";

export function PackageTabs({
  bucket,
  name,
  reference,
  path,
  current,
}: {
  bucket: string;
  name: string;
  reference: string;
  path: string;
  current: PackageTab;
}) {
  const here = entryPath(bucket, name, reference, path);
  return (
    <Tabs
      label={t.package}
      tabs={[
        {
          to: `${here}?tab=data`,
          label: t.data,
          icon: <LayoutDashboard size={15} />,
          isCurrent: current === "data",
        },
        {
          to: `${here}?tab=files`,
          label: t.files,
          icon: <FolderTree size={15} />,
          isCurrent: current === "files",
        },
        {
          to: `${packagePath(bucket, name)}/revisions`,
          label: t.revisions,
          icon: <History size={15} />,
          isCurrent: current === "revisions",
        },
        {
          to: `${here}?tab=metadata`,
          label: t.metadata,
          icon: <Braces size={15} />,
          isCurrent: current === "metadata",
        },
        {
          to: `${packagePath(bucket, name)}/activity`,
          label: t.activity,
          icon: <Activity size={15} />,
          isCurrent: current === "activity",
        },
        {
          to: `${packagePath(bucket, name)}/insight`,
          label: t.insight,
          icon: <ChartLine size={15} />,
          isCurrent: current === "insight",
        },
      ]}
    />
  );
}
