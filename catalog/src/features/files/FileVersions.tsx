import { useQuery } from "@tanstack/react-query";
import { History } from "lucide-react";
import { Link } from "react-router";
import { t } from "@/language/en/features/files";
import { absolute, bytes } from "@/lib/format";
import { treePath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { objectQueries } from "@/s3/queries";
import type { ListedVersion } from "@/s3/xml";
import { Loaded } from "@/ui/Loaded";
import { Popover } from "@/ui/Popover";
import styles from "./FileVersions.module.css";

const MAX_SHOWN = 100;

/** The way to other versions of a file, newest first. */
export function FileVersions({
  bucket,
  objectKey,
  shown,
}: {
  bucket: string;
  objectKey: string;
  /** Null where the bucket keeps no versions. */
  shown: string | null;
}) {
  return (
    <Popover label={t.versions} icon={<History size={15} />} title={t.versions}>
      <Versions bucket={bucket} objectKey={objectKey} shown={shown} />
    </Popover>
  );
}

function Versions({ bucket, objectKey, shown }: { bucket: string; objectKey: string; shown: string | null }) {
  const versions = useQuery(objectQueries.versions(useServices(), bucket, objectKey));
  return (
    <Loaded query={versions} label={t.loadingVersions} lines={3}>
      {all => (
        <ol className={styles.versions}>
          {all.slice(0, MAX_SHOWN).map(version => (
            <li key={version.versionId}>
              <Version bucket={bucket} version={version} isShown={version.versionId === (shown ?? "null")} />
            </li>
          ))}
          {all.length > MAX_SHOWN && <li className="muted">{t.olderOnes(all.length - MAX_SHOWN)}</li>}
        </ol>
      )}
    </Loaded>
  );
}

function Version({ bucket, version, isShown }: { bucket: string; version: ListedVersion; isShown: boolean }) {
  const { key, versionId, isLatest, isDeletion, modified, size } = version;
  const about = (
    <>
      <span>{absolute(modified)}</span>
      <span className="muted">
        {isDeletion ? t.deleted : bytes(size)}
        {isLatest && t.newest}
        {isShown && t.shown}
      </span>
    </>
  );
  if (isDeletion || isShown) return <span className={styles.version}>{about}</span>;
  const query = isLatest ? "" : `?${new URLSearchParams({ version: versionId }).toString()}`;
  return (
    <Link className={styles.version} to={treePath(bucket, key) + query}>
      {about}
    </Link>
  );
}
