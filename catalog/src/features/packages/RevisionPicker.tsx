import { useQuery } from "@tanstack/react-query";
import { ChevronDown, GitCommitHorizontal, History } from "lucide-react";
import { useNavigate } from "react-router";
import type { Revision } from "@/api/models";
import { queries } from "@/api/queries";
import { t } from "@/language/en/features/packages";
import { ago } from "@/lib/format";
import { entryPath, packagePath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Menu, MenuItem, MenuLabel, MenuLine } from "@/ui/Menu";
import { MAX_OFFERED_REVISIONS, type PackageLocation } from "./place";
import styles from "./RevisionPicker.module.css";

const LATEST = "latest";

/** The way to another revision, at the same path. */
export function RevisionPicker({
  bucket,
  name,
  path,
  reference,
  revision,
  query = "",
}: Omit<PackageLocation, "revision"> & { revision: Revision | undefined; query?: string }) {
  const navigate = useNavigate();
  const hash = revision?.top_hash.slice(0, 8) ?? reference.slice(0, 8);
  return (
    <Menu
      label={t.chooseAnotherRevision(reference === LATEST ? t.latest : t.revision, hash)}
      className={styles.picker}
      trigger={
        <>
          <GitCommitHorizontal size={15} />
          {reference === LATEST ? t.latest : t.revision} <code>{hash}</code>
          <ChevronDown size={14} />
        </>
      }
    >
      <MenuItem onClick={() => void navigate(entryPath(bucket, name, LATEST, path) + query)}>
        {t.latest}
      </MenuItem>
      <MenuLine />
      <Pushes bucket={bucket} name={name} path={path} query={query} />
      <MenuLine />
      <MenuItem
        icon={<History size={15} />}
        onClick={() => void navigate(`${packagePath(bucket, name)}/revisions`)}
      >
        {t.allRevisions}
      </MenuItem>
    </Menu>
  );
}

function Pushes({
  bucket,
  name,
  path,
  query,
}: {
  bucket: string;
  name: string;
  path: string;
  query: string;
}) {
  const services = useServices();
  const navigate = useNavigate();
  const pushes = useQuery(queries.recentRevisions(services, bucket, name, MAX_OFFERED_REVISIONS));
  if (pushes.isPending) return <MenuLabel>{t.loading}</MenuLabel>;
  if (pushes.isError) return <MenuLabel>{t.revisionsCouldNot}</MenuLabel>;
  return pushes.data.items.map(push => (
    <MenuItem
      key={push.tag}
      onClick={() => void navigate(entryPath(bucket, name, push.top_hash, path) + query)}
    >
      <code>{push.top_hash.slice(0, 8)}</code>
      <span className={styles.message}>{push.message ?? t.noMessage}</span>
      <span className={styles.when}>{ago(new Date(push.pushed_at))}</span>
    </MenuItem>
  ));
}
