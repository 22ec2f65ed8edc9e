import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { FolderOpen } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import type { Directory, Entry, PackageFile } from "@/api/models";
import { queries, useBucket } from "@/api/queries";
import { BookmarkButton } from "@/features/files/BookmarkButton";
import { chooseColumn } from "@/features/files/selection/ChooseCell";
import { useSelection } from "@/features/files/selection/useSelection";
import { t } from "@/language/en/features/packages";
import { bytes, count } from "@/lib/format";
import { itemsOf, useMore } from "@/lib/pages";
import { entryPath, nameOf } from "@/lib/paths";
import { Gallery, isPicture } from "@/preview/pictures/Gallery";
import { useGallerySwitch } from "@/preview/pictures/useGallerySwitch";
import { Preview } from "@/preview/Preview";
import { useServices } from "@/s3/context";
import { parsePhysicalKey } from "@/s3/locations";
import { useBucketPreferences } from "@/s3/preferences";
import { FileIcon, FolderIcon } from "@/ui/FileIcon";
import { Chip, Panel } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { Ago, Size } from "@/ui/Measures";
import { Empty } from "@/ui/States";
import { type Column, NameCell, sorted, type Sorting } from "@/ui/Table";
import { ChosenEntries } from "./ChosenEntries";
import { SummaryRows } from "./data/SummaryRows";
import { SUMMARY_NAME } from "./data/summary";
import { DropToRevise } from "./DropToRevise";
import { DownloadMenu } from "./download/DownloadMenu";
import {
  downloadPlace,
  MAX_OFFERED_REVISIONS,
  type PackageLocation,
  packagePlace,
  sourceOf,
  targetOf,
} from "./place";
import styles from "./PackageFolder.module.css";

const sizeOf = (entry: Entry) => (entry.type === "directory" ? entry.total_bytes : entry.size);
const filesOf = (entry: Entry) => (entry.type === "directory" ? entry.total_entries : 0);
const entriesOf = (entry: Entry) => (entry.type === "directory" ? entry.total_entries : 1);

/** Of the rows that are not there yet, from the entries that are missing: exact where all are files. */
function rowsOf(directory: Directory, rows: readonly Entry[]): number {
  const there = rows.reduce((sum, row) => sum + entriesOf(row), 0);
  const missing = Math.max(0, directory.total_entries - there);
  return rows.length + Math.round((missing * rows.length) / Math.max(1, there));
}

/** What is chosen together. */
const totalsOf = (entries: readonly Entry[]) => ({
  entries: entries.reduce((sum, each) => sum + (each.type === "directory" ? each.total_entries : 1), 0),
  bytes: entries.reduce((sum, each) => sum + sizeOf(each), 0),
});
const named = (a: Entry, b: Entry) => nameOf(a.path).localeCompare(nameOf(b.path), "en", { numeric: true });

/** Where the bytes are, unless they are where one expects them. */
function StorageMark({ file, bucket }: { file: PackageFile; bucket: string }) {
  if (file.is_local)
    return (
      <span title={t.onlyMachinePackage(file.physical_key)}>
        <Chip kind="warn">{t.local}</Chip>
      </span>
    );
  const there = parsePhysicalKey(file.physical_key)?.bucket;
  const other = there !== bucket && there;
  return (
    <>
      {!file.accessible && (
        <span title={t.mayNotRead2(file.physical_key)}>
          <Chip kind="warn">{t.noAccess}</Chip>
        </span>
      )}{" "}
      {other && (
        <span title={t.storedAnotherBucket(file.physical_key)}>
          <Chip>{other}</Chip>
        </span>
      )}
    </>
  );
}

export function PackageFolder({ directory, ...where }: PackageLocation & { directory: Directory }) {
  const { bucket, name, reference, path, revision } = where;
  const services = useServices();
  const entries = useInfiniteQuery(queries.entries(services, bucket, name, revision.top_hash, path));
  const preferences = useBucketPreferences(bucket);
  const more = useMore(entries);
  const [sorting, setSorting] = useState<Sorting | null>(null);
  const columns: Column<Entry>[] = [
    {
      id: "name",
      label: t.name,
      order: named,
      cell: row => (
        <NameCell
          icon={row.type === "directory" ? <FolderIcon /> : <FileIcon name={row.path} />}
          sub={
            row.type === "directory"
              ? `${t.filesTotalEntries(row.total_entries)} · ${bytes(row.total_bytes)}`
              : bytes(row.size)
          }
        >
          <Link to={entryPath(bucket, name, reference, row.path)} title={nameOf(row.path)}>
            {nameOf(row.path)}
            {row.type === "directory" && "/"}
          </Link>{" "}
          {row.type === "file" && <StorageMark file={row} bucket={bucket} />}
        </NameCell>
      ),
    },
    {
      id: "files",
      label: t.files,
      wide: true,
      align: "right",
      width: 110,
      order: (a, b) => filesOf(a) - filesOf(b),
      cell: row => (
        <span className="num muted">{row.type === "directory" ? count(row.total_entries) : ""}</span>
      ),
    },
    {
      id: "size",
      label: t.size,
      wide: true,
      align: "right",
      width: 110,
      order: (a, b) => sizeOf(a) - sizeOf(b),
      cell: row => <Size of={row.type === "directory" ? row.total_bytes : row.size} />,
    },
  ];
  const rows = more ? itemsOf(entries.data) : sorted(itemsOf(entries.data), columns, sorting);
  const selection = useSelection(rows.map(row => row.path));
  const { chosen } = selection;
  const ticks = chooseColumn<Entry>(
    selection,
    row => row.path,
    row => nameOf(row.path),
  );
  const pictures = rows
    .filter((row): row is PackageFile => row.type === "file" && row.accessible && isPicture(row.path))
    .map(row => ({
      path: row.path,
      source: sourceOf(where, row),
      to: entryPath(bucket, name, reference, row.path),
    }));
  const gallery = useGallerySwitch(pictures.length > 0 && preferences.gallery.packages);
  const totals = (
    <span className={styles.totals}>
      {t.filesTotalEntries(directory.total_entries)}, {bytes(directory.total_bytes)}
    </span>
  );
  const commit = <Commit {...where} />;
  const readme = rows.find(
    row => row.type === "file" && /^readme(\.(md|markdown|txt))?$/i.test(nameOf(row.path)),
  );
  const summary = rows.find(row => row.type === "file" && nameOf(row.path) === SUMMARY_NAME);
  return (
    <>
      {!preferences.blocks.browser ? (
        <Panel>
          <Empty title={t.filesNotListed}>{t.preferencesBucketSay}</Empty>
        </Panel>
      ) : gallery.isOn ? (
        <Panel
          label={t.pictures}
          title={commit}
          tools={
            <>
              {totals}
              {gallery.choice}
            </>
          }
        >
          <Gallery pictures={pictures} more={more} />
        </Panel>
      ) : (
        <ListPanel
          label={t.files}
          title={commit}
          tools={
            <>
              {chosen.size === 0 && totals}
              {chosen.size > 0 && preferences.actions.downloadPackage && (
                <DownloadMenu
                  place={downloadPlace(where, "", [...chosen])}
                  reference={reference}
                  totals={totalsOf(rows.filter(row => chosen.has(row.path)))}
                />
              )}
              {chosen.size > 0 && (
                <ChosenEntries
                  where={where}
                  entries={rows.filter(row => chosen.has(row.path))}
                  clear={selection.clear}
                />
              )}
              <BookmarkButton place={{ bucket, package: name, path: path && `${path}/` }} />
              {gallery.choice}
            </>
          }
          table={t.filesPath(path || name)}
          query={entries}
          loading={t.loadingFolder}
          rows={rows}
          total={rowsOf(directory, rows)}
          columns={[ticks, ...columns]}
          id={row => row.path}
          {...(more ? {} : { order: { sorting, onSort: setSorting } })}
          empty={<Empty title={t.folderEmpty} icon={<FolderOpen size={22} />} />}
        />
      )}
      <DropToRevise bucket={bucket} name={name} revision={revision} folder={path} />
      {readme?.type === "file" && <Readme where={where} file={readme} />}
      {/* What a whole package shows has a tab. */}
      {path !== "" && summary?.type === "file" && <SummaryRows where={where} file={summary} />}
    </>
  );
}

/** The push of the revision: its message, who pushed it, and when. */
function Commit({ bucket, name, revision }: PackageLocation) {
  const recent = useQuery(queries.recentRevisions(useServices(), bucket, name, MAX_OFFERED_REVISIONS));
  const push = recent.data?.items.find(each => each.top_hash === revision.top_hash);
  return (
    <span className={styles.commit}>
      <span className={styles.message} title={revision.message ?? undefined}>
        {revision.message ?? t.noMessage}
      </span>
      {push && (
        <span className={styles.push}>
          {push.author && `${push.author}, `}
          <Ago at={push.pushed_at} />
        </span>
      )}
    </span>
  );
}

function Readme({ where, file }: { where: PackageLocation; file: Extract<Entry, { type: "file" }> }) {
  const services = useServices();
  const { data: about } = useBucket(where.bucket);
  const [bar, setBar] = useState<HTMLElement | null>(null);
  const target = targetOf(services, where, file, about?.level);
  if (!target || !file.accessible) return null;
  return (
    <Panel title={nameOf(file.path)} toolsRef={setBar}>
      <Preview
        bar={bar}
        source={sourceOf(where, file)}
        target={target}
        name={file.path}
        size={file.size}
        place={packagePlace(services, where, file.path, about?.level)}
      />
    </Panel>
  );
}
