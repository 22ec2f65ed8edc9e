import { Bookmark, History } from "lucide-react";
import { Outlet } from "react-router";
import { QUERIES_PATH } from "@/lib/sql";
import { Section } from "@/ui/Section";

const TABS = [
  { to: QUERIES_PATH, label: "History", icon: <History size={15} />, end: true },
  { to: `${QUERIES_PATH}/saved`, label: "Saved", icon: <Bookmark size={15} /> },
];

export function QueriesLayout() {
  return (
    <>
      <Section title="Queries" tabs={TABS} />
      <Outlet />
    </>
  );
}
