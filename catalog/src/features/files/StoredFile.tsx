import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { SquarePen, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { useBucket } from "@/api/queries";
import { t } from "@/language/en/features/files";
import { RequestError } from "@/lib/errors";
import { nameOf, parentOf, treePath } from "@/lib/paths";
import { bucketPlace } from "@/preview/place";
import { Preview } from "@/preview/Preview";
import type { ObjectHead } from "@/s3/client";
import { useServices } from "@/s3/context";
import { droppedFiles, handOver } from "@/s3/dropped";
import { useBucketPreferences } from "@/s3/preferences";
import { objectQueries } from "@/s3/queries";
import { Button, ButtonLink } from "@/ui/Button";
import { CopyableCode } from "@/ui/CopyableCode";
import { DropAnywhere } from "@/ui/DropAnywhere";
import { JsonTree } from "@/ui/JsonTree";
import { Chip, Columns, Facts, Head, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { Ago, Size } from "@/ui/Measures";
import { BookmarkButton } from "./BookmarkButton";
import { DeleteObjectsDialog } from "./DeleteObjectsDialog";
import { DownloadButton } from "./DownloadButton";
import { EditObject, NewObject } from "./edit/EditObject";
import { isEditable } from "./edit/editable";
import { FileVersions } from "./FileVersions";
import { MissingFile } from "./MissingFile";
import { InPackages } from "./InPackages";
import { NeighbourLinks } from "./NeighbourLinks";
import styles from "./StoredFile.module.css";

export function StoredFile({
  bucket,
  objectKey: key,
  crumbs,
}: {
  bucket: string;
  objectKey: string;
  crumbs: ReactNode;
}) {
  const services = useServices();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const version = params.get("version");
  const { data: holder } = useBucket(bucket);
  const [deleting, setDeleting] = useState(false);
  const about = useQuery(objectQueries.head(services, bucket, key, version));
  const target = { bucket, key, versionId: version };
  const dropped = async (data: DataTransfer) => {
    handOver(await droppedFiles(data));
    await navigate(treePath(bucket, parentOf(key)));
  };
  const { actions } = useBucketPreferences(bucket);
  const isWritable = holder?.level === "READ_WRITE" && version === null && actions.writeFile;
  const isMissing = about.error instanceof RequestError && about.error.trouble === "missing";
  const isEditing = isWritable && params.has("edit");
  return (
    <>
      <Head
        above={crumbs}
        title={<span className="hidden">{nameOf(key)}</span>}
        about={
          about.data && <AboutFile bucket={bucket} objectKey={key} head={about.data} version={version} />
        }
      >
        <Neighbours bucket={bucket} objectKey={key} />
        <FileVersions bucket={bucket} objectKey={key} shown={version ?? about.data?.versionId ?? null} />
        <BookmarkButton place={{ bucket, package: null, path: key }} />
        {about.data && isWritable && !isEditing && isEditable(key, about.data.size) && (
          <ButtonLink small icon={<SquarePen size={14} />} to="?edit">
            {t.edit}
          </ButtonLink>
        )}
        {about.data && actions.downloadObject && <DownloadButton target={target} name={nameOf(key)} />}
        {about.data && isWritable && (
          <Button small kind="danger" icon={<Trash2 size={15} />} onClick={() => setDeleting(true)}>
            {t.delete}
          </Button>
        )}
        {deleting && (
          <DeleteObjectsDialog
            bucket={bucket}
            objectKeys={[key]}
            onDone={() => void navigate(treePath(bucket, parentOf(key)))}
            onClose={() => setDeleting(false)}
          />
        )}
      </Head>
      {holder && (
        <DropAnywhere
          onDrop={holder.level === "READ_WRITE" && actions.writeFile ? data => void dropped(data) : null}
        >
          {holder.level === "READ_WRITE" && actions.writeFile
            ? t.dropUploadS32(bucket, parentOf(key))
            : t.filesCannotUploaded(bucket)}
        </DropAnywhere>
      )}
      {isEditing && about.data ? (
        <EditObject bucket={bucket} objectKey={key} />
      ) : isEditing && isMissing ? (
        <NewObject bucket={bucket} objectKey={key} />
      ) : isMissing ? (
        <MissingFile bucket={bucket} objectKey={key} version={version} />
      ) : (
        <Loaded query={about} label={t.loadingFile} lines={8} framed>
          {head => (
            <Columns wide aside={<Details bucket={bucket} objectKey={key} head={head} />}>
              <Panel label={t.preview}>
                <h2 className="hidden">{t.preview}</h2>
                <Preview
                  key={head.versionId ?? head.etag}
                  inAddress
                  source={{ bucket, key, versionId: head.versionId }}
                  target={{ bucket, key, versionId: head.versionId }}
                  name={key}
                  size={head.size}
                  place={bucketPlace(bucket, key)}
                />
              </Panel>
            </Columns>
          )}
        </Loaded>
      )}
    </>
  );
}

function AboutFile({
  bucket,
  objectKey,
  head,
  version,
}: {
  bucket: string;
  objectKey: string;
  head: ObjectHead;
  version: string | null;
}) {
  return (
    <span className={styles.about}>
      <Size of={head.size} />
      {head.modified && <Ago at={head.modified} />}
      {version !== null && (
        <>
          <Chip kind="warn">{t.earlierVersion}</Chip>
          <Link to={treePath(bucket, objectKey)}>{t.newestVersion2}</Link>
        </>
      )}
      <InPackages bucket={bucket} objectKey={objectKey} />
    </span>
  );
}

function Details({ bucket, objectKey: key, head }: { bucket: string; objectKey: string; head: ObjectHead }) {
  return (
    <>
      <Panel title={t.file} padded>
        <Facts
          facts={[
            [t.size, <Size key="size" of={head.size} />],
            head.modified && [t.modified, <Ago key="at" at={head.modified} />],
            [t.type, <code key="type">{head.contentType || "–"}</code>],
            [t.location, <CopyableCode key="uri" text={`s3://${bucket}/${key}`} />],
            head.versionId && [t.version, <code key="version">{head.versionId}</code>],
            ["ETag", <code key="etag">{head.etag}</code>],
            head.storageClass && [t.storageClass, <code key="class">{head.storageClass}</code>],
            head.restore && [t.restoredCopy, <span key="restore">{restoreText(head.restore)}</span>],
          ]}
        />
      </Panel>
      {Object.keys(head.meta).length > 0 && (
        <Panel title={t.metadata} padded>
          <JsonTree value={head.meta} label={t.metadata} />
        </Panel>
      )}
    </>
  );
}

/** `ongoing-request="false", expiry-date="Fri, 21 Dec 2026 00:00:00 GMT"` */
function restoreText(header: string): string {
  if (header.includes('ongoing-request="true"')) return t.beingMadeTakes;
  const until = /expiry-date="([^"]+)"/.exec(header)?.[1];
  return until ? t.untilUntil(until) : t.there;
}

function Neighbours({ bucket, objectKey }: { bucket: string; objectKey: string }) {
  const folder = parentOf(objectKey);
  const listing = useInfiniteQuery(objectQueries.list(useServices(), bucket, folder));
  const files = listing.data?.pages.flatMap(page => page.objects.map(({ key }) => key)) ?? [];
  return (
    <NeighbourLinks
      path={objectKey}
      files={files.filter(key => key !== folder)}
      to={path => treePath(bucket, path)}
    />
  );
}
