import { t } from "@/language/en/ui/parts";
import { crumbs } from "@/lib/paths";
import styles from "./FolderTrail.module.css";

/** The way to a folder without leaving the page; `open` is called with the path of one above it. */
export function FolderTrail({
  root,
  path,
  open,
}: {
  root: string;
  path: string;
  open: (path: string) => void;
}) {
  return (
    <nav aria-label={t.folder} className={styles.trail}>
      <button type="button" onClick={() => open("")}>
        {root}
      </button>
      {crumbs(path).map(crumb => (
        <span key={crumb.path}>
          /
          <button type="button" onClick={() => open(crumb.path)}>
            {crumb.label || "∅"}
          </button>
        </span>
      ))}
    </nav>
  );
}
