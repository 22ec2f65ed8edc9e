import { ChevronLeft, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { t } from "@/language/en/features/files/tools";
import { nameOf } from "@/lib/paths";
import styles from "./NeighbourLinks.module.css";

/** To the file before and the file after this one, in the order of the listing. */
export function NeighbourLinks({
  path,
  files,
  to,
}: {
  path: string;
  /** As far as the folder is listed. */
  files: readonly string[];
  to: (path: string) => string;
}) {
  const at = files.indexOf(path);
  if (at < 0) return null;
  return (
    <span className={styles.links}>
      <Neighbour label={t.previousFile} path={files[at - 1]} to={to} icon={<ChevronLeft size={16} />} />
      <Neighbour label={t.nextFile} path={files[at + 1]} to={to} icon={<ChevronRight size={16} />} />
    </span>
  );
}

function Neighbour({
  label,
  path,
  to,
  icon,
}: {
  label: string;
  path: string | undefined;
  to: (path: string) => string;
  icon: ReactNode;
}) {
  if (path === undefined) return <span className={styles.none}>{icon}</span>;
  return (
    <Link className={styles.link} to={to(path)} aria-label={`${label}: ${nameOf(path)}`} title={nameOf(path)}>
      {icon}
    </Link>
  );
}
