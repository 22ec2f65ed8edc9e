import { useInfiniteQuery } from "@tanstack/react-query";
import { FolderOpen } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import type { Directory, Entry, PackageFile } from "@/api/models";
import { queries, useBucket } from "@/api/queries";
import { bytes, count, counted } from "@/lib/format";
import { itemsOf, useMore } from "@/lib/pages";
import { entryPath, nameOf } from "@/lib/paths";
import { Gallery, isPicture } from "@/preview/pictures/Gallery";
import { useGallerySwitch } from "@/preview/pictures/useGallerySwitch";
import { Preview } from "@/preview/Preview";
import { useServices } from "@/s3/context";
import { parsePhysicalKey } from "@/s3/locations";
import { FileIcon, FolderIcon } from "@/ui/FileIcon";
import { Chip, Panel } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { Size } from "@/ui/Measures";
import { Empty } from "@/ui/States";
import { type Column, NameCell } from "@/ui/Table";
import { SummaryRows } from "./data/SummaryRows";
import { SUMMARY_NAME } from "./data/summary";
import { DropToRevise } from "./DropToRevise";
import { DownloadMenu } from "./download/DownloadMenu";
import { downloadPlace, type PackageLocation, packagePlace, sourceOf, targetOf } from "./place";
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
      <span title={`Only on the machine that the package was built on: ${file.physical_key}`}>
        <Chip kind="warn">local</Chip>
      </span>
    );
  const there = parsePhysicalKey(file.physical_key)?.bucket;
  const other = there !== bucket && there;
  return (
    <>
      {!file.accessible && (
        <span title={`You may not read ${file.physical_key}`}>
          <Chip kind="warn">no access</Chip>
        </span>
      )}{" "}
      {other && (
        <span title={`Stored in another bucket: ${file.physical_key}`}>
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
  const rows = itemsOf(entries.data);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const toggle = (chosenPath: string) => {
    const next = new Set(chosen);
    if (!next.delete(chosenPath)) next.add(chosenPath);
    setChosen(next);
  };
  const columns: Column<Entry>[] = [
    {
      id: "choose",
      label: "Choose",
      quiet: true,
      width: 44,
      cell: row => (
        <input
          type="checkbox"
          className={styles.box}
          aria-label={`Choose ${nameOf(row.path)}`}
          checked={chosen.has(row.path)}
          onChange={() => toggle(row.path)}
        />
      ),
    },
    {
      id: "name",
      label: "Name",
      order: named,
      cell: row => (
        <NameCell
          icon={row.type === "directory" ? <FolderIcon /> : <FileIcon name={row.path} />}
          sub={
            row.type === "directory"
              ? `${counted(row.total_entries, "file")} · ${bytes(row.total_bytes)}`
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
      label: "Files",
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
      label: "Size",
      wide: true,
      align: "right",
      width: 110,
      order: (a, b) => sizeOf(a) - sizeOf(b),
      cell: row => <Size of={row.type === "directory" ? row.total_bytes : row.size} />,
    },
  ];
  const pictures = rows
    .filter((row): row is PackageFile => row.type === "file" && row.accessible && isPicture(row.path))
    .map(row => ({
      path: row.path,
      source: sourceOf(where, row),
      to: entryPath(bucket, name, reference, row.path),
    }));
  const gallery = useGallerySwitch(pictures.length > 0);
  const more = useMore(entries);
  const totals = (
    <span className={styles.totals}>
      {counted(directory.total_entries, "file")}, {bytes(directory.total_bytes)}
    </span>
  );
  const readme = rows.find(
    row => row.type === "file" && /^readme(\.(md|markdown|txt))?$/i.test(nameOf(row.path)),
  );
  const summary = rows.find(row => row.type === "file" && nameOf(row.path) === SUMMARY_NAME);
  return (
    <>
      {gallery.isOn ? (
        <Panel label="Pictures" title={totals} tools={gallery.choice}>
          <Gallery pictures={pictures} more={more} />
        </Panel>
      ) : (
        <ListPanel
          label="Files"
          title={totals}
          tools={
            <>
              {chosen.size > 0 && (
                <DownloadMenu
                  place={downloadPlace(where, "", [...chosen])}
                  reference={reference}
                  totals={totalsOf(rows.filter(row => chosen.has(row.path)))}
                />
              )}
              {gallery.choice}
            </>
          }
          table={`Files in ${path || name}`}
          query={entries}
          loading="Loading the folder"
          rows={rows}
          total={rowsOf(directory, rows)}
          columns={columns}
          id={row => row.path}
          sortable
          empty={<Empty title="This folder is empty" icon={<FolderOpen size={22} />} />}
        />
      )}
      <DropToRevise bucket={bucket} name={name} revision={revision} folder={path} />
      {readme?.type === "file" && <Readme where={where} file={readme} />}
      {/* What a whole package shows has a tab. */}
      {path !== "" && summary?.type === "file" && <SummaryRows where={where} file={summary} />}
    </>
  );
}

function Readme({ where, file }: { where: PackageLocation; file: Extract<Entry, { type: "file" }> }) {
  const services = useServices();
  const { data: about } = useBucket(where.bucket);
  const target = targetOf(services, where, file, about?.level);
  if (!target || !file.accessible) return null;
  return (
    <Panel title={nameOf(file.path)}>
      <Preview
        source={sourceOf(where, file)}
        target={target}
        name={file.path}
        size={file.size}
        place={packagePlace(services, where, file.path, about?.level)}
      />
    </Panel>
  );
}
