import { useQuery } from "@tanstack/react-query";
import { FileX } from "lucide-react";
import { Link } from "react-router";
import { t } from "@/language/en/features/files";
import { nameOf, parentOf, treePath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { objectQueries } from "@/s3/queries";
import { ButtonLink } from "@/ui/Button";
import { Panel } from "@/ui/Layout";
import { Ago, Size } from "@/ui/Measures";
import { Empty } from "@/ui/States";
import { InPackages } from "./InPackages";

/** A key that a bucket does not have: when it was deleted, its last version, and packages that hold it. */
export function MissingFile({
  bucket,
  objectKey: key,
  version,
}: {
  bucket: string;
  objectKey: string;
  version: string | null;
}) {
  const versions = useQuery(objectQueries.versions(useServices(), bucket, key));
  const folder = parentOf(key);
  const last = versions.data?.find(each => !each.isDeletion);
  const deletion = versions.data?.[0]?.isDeletion ? versions.data[0] : null;
  return (
    <Panel>
      <Empty
        title={version === null ? t.noSuchFile : t.noSuchVersion}
        icon={<FileX size={22} />}
        action={
          <ButtonLink to={treePath(bucket, folder)}>{folder ? t.openFolder(folder) : t.allFiles}</ButtonLink>
        }
      >
        <p role="alert">
          {t.noBucketKey(bucket, <code>{key}</code>)}
          {version !== null && <>{t.versionVersion(<code>{version}</code>)}</>}
          {"."}
        </p>
        {deletion && <p>{t.deletedAgo(<Ago at={deletion.modified} />)}</p>}
        {last && (
          <p>
            {deletion ? t.lastVersionKept : t.newestVersion}
            <Link
              to={`${treePath(bucket, key)}?${new URLSearchParams({ version: last.versionId }).toString()}`}
            >
              {t.asItWas(nameOf(key), <Ago at={last.modified} />)}
            </Link>
            , <Size of={last.size} />.
          </p>
        )}
        {versions.data?.length === 0 && <p>{t.mayBeenMoved}</p>}
        <p>
          <InPackages bucket={bucket} objectKey={key} />
        </p>
      </Empty>
    </Panel>
  );
}
