import { useInfiniteQuery } from "@tanstack/react-query";
import { Ban, HardDrive, SquarePen } from "lucide-react";
import { Link } from "react-router";
import type { PackageFile } from "@/api/models";
import { queries, useBucket } from "@/api/queries";
import { BookmarkButton } from "@/features/files/BookmarkButton";
import { DownloadButton } from "@/features/files/DownloadButton";
import { isEditable } from "@/features/files/edit/editable";
import { NeighbourLinks } from "@/features/files/NeighbourLinks";
import { t } from "@/language/en/features/packages";
import { itemsOf } from "@/lib/pages";
import { entryPath, nameOf, parentOf, revisePath, treePath } from "@/lib/paths";
import { formatUri } from "@/lib/uris";
import { Preview } from "@/preview/Preview";
import { useServices } from "@/s3/context";
import type { Target } from "@/s3/client";
import { s3Uri } from "@/s3/locations";
import { useBucketPreferences } from "@/s3/preferences";
import { ButtonLink } from "@/ui/Button";
import { CopyableCode } from "@/ui/CopyableCode";
import { Facts, Panel } from "@/ui/Layout";
import { Size } from "@/ui/Measures";
import { Empty } from "@/ui/States";
import { DropToRevise } from "./DropToRevise";
import { FileDownload } from "./download/FileDownload";
import { downloadPlace, type PackageLocation, packagePlace, sourceOf, targetOf } from "./place";

export function PackageFilePanel({ file, ...where }: PackageLocation & { file: PackageFile }) {
  const services = useServices();
  const { data: about } = useBucket(where.bucket);
  const { actions } = useBucketPreferences(where.bucket);
  const target = targetOf(services, where, file, about?.level);
  const isRevisable = about?.level === "READ_WRITE" && actions.revisePackage;
  const readable = file.accessible ? target : null;
  const uri = formatUri({
    bucket: where.bucket,
    name: where.name,
    topHash: where.revision.top_hash,
    path: file.path,
  });
  return (
    <>
      <Panel
        title={nameOf(file.path)}
        tools={
          <>
            <Neighbours {...where} path={file.path} />
            <BookmarkButton place={{ bucket: where.bucket, package: where.name, path: file.path }} />
            {readable && isRevisable && isEditable(file.path, file.size) && (
              <ButtonLink small icon={<SquarePen size={14} />} to={editPath(where, file.path)}>
                {t.edit}
              </ButtonLink>
            )}
            {readable &&
              actions.downloadPackage &&
              // Files that were shared without a role have addresses of their own.
              (readable.through ? (
                <DownloadButton target={readable} name={nameOf(file.path)} />
              ) : (
                <FileDownload place={downloadPlace(where, file.path)} reference={where.reference} />
              ))}
          </>
        }
      >
        {readable ? (
          <Preview
            inAddress
            source={sourceOf(where, file)}
            target={readable}
            name={file.path}
            size={file.size}
            place={packagePlace(services, where, file.path, about?.level)}
          />
        ) : file.is_local ? (
          <Empty title={t.onlySomebodysMachine} icon={<HardDrive size={22} />}>
            {t.packageBuiltNot(file.physical_key)}
          </Empty>
        ) : target ? (
          <Empty title={t.mayNotRead} icon={<Ban size={22} />}>
            {t.roleDoesNot(<code>s3://{target.bucket}</code>)}
          </Empty>
        ) : (
          <Empty title={t.notS3}>{t.fileStored(file.physical_key)}</Empty>
        )}
      </Panel>
      <DropToRevise
        bucket={where.bucket}
        name={where.name}
        revision={where.revision}
        folder={parentOf(file.path).replace(/\/$/, "")}
      />
      <Panel title={t.file} padded>
        <Facts
          facts={[
            [t.size, <Size key="size" of={file.size} />],
            file.hash && [t.hash, <HashValue key="hash" type={file.hash.type} value={file.hash.value} />],
            target && [
              t.stored,
              <CopyableCode key="at" text={s3Uri({ ...target, versionId: target.versionId ?? null })}>
                <Link to={treePath(target.bucket, target.key) + versionQuery(target)}>
                  <code>{s3Uri({ bucket: target.bucket, key: target.key, versionId: null })}</code>
                </Link>
              </CopyableCode>,
            ],
            [t.quiltUri, <CopyableCode key="uri" text={uri} />],
            target?.versionId && [t.version, <code key="version">{target.versionId}</code>],
          ]}
        />
      </Panel>
    </>
  );
}

/** To the next revision, with the text of a file open. */
function editPath({ bucket, name, revision }: PackageLocation, path: string): string {
  const query = new URLSearchParams({ path: parentOf(path).replace(/\/$/, ""), edit: path });
  return `${revisePath(bucket, name, revision.top_hash)}&${query.toString()}`;
}

function HashValue({ type, value }: { type: string; value: string }) {
  return (
    <>
      <code>{value}</code> <span className="muted">{type}</span>
    </>
  );
}

/** Buckets without versions call the only one `null`. */
function versionQuery({ versionId }: Target): string {
  return versionId && versionId !== "null"
    ? `?${new URLSearchParams({ version: versionId }).toString()}`
    : "";
}

function Neighbours({ bucket, name, reference, revision, path }: PackageLocation) {
  const folder = parentOf(path).replace(/\/$/, "");
  const entries = useInfiniteQuery(queries.entries(useServices(), bucket, name, revision.top_hash, folder));
  const files = itemsOf(entries.data).filter(entry => entry.type === "file");
  return (
    <NeighbourLinks
      path={path}
      files={files.map(file => file.path)}
      to={to => entryPath(bucket, name, reference, to)}
    />
  );
}
