import { Bookmark, History } from "lucide-react";
import { Outlet } from "react-router";
import { t } from "@/language/en/features/queries";
import { QUERIES_PATH } from "@/lib/sql";
import { Section } from "@/ui/Section";

const makeTabs = () => [
  { to: QUERIES_PATH, label: t.history, icon: <History size={15} />, end: true },
  { to: `${QUERIES_PATH}/saved`, label: t.saved, icon: <Bookmark size={15} /> },
];

export function QueriesLayout() {
  return (
    <>
      <Section title={t.queries} tabs={makeTabs()} />
      <Outlet />
    </>
  );
}
