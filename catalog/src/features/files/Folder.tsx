import { useInfiniteQuery } from "@tanstack/react-query";
import { FolderOpen, PackagePlus, Trash2 } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { Link } from "react-router";
import { useBucket } from "@/api/queries";
import { bytes, count } from "@/lib/format";
import { useMore } from "@/lib/pages";
import { nameOf, packagesPath, treePath } from "@/lib/paths";
import { Gallery, isPicture } from "@/preview/pictures/Gallery";
import { useGallerySwitch } from "@/preview/pictures/useGallerySwitch";
import { useServices } from "@/s3/context";
import { droppedFiles, takeOver } from "@/s3/dropped";
import { objectQueries } from "@/s3/queries";
import { Button, ButtonLink } from "@/ui/Button";
import { DropAnywhere } from "@/ui/DropAnywhere";
import { FileIcon, FolderIcon } from "@/ui/FileIcon";
import { Head, Panel } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { Ago, Size } from "@/ui/Measures";
import { Empty } from "@/ui/States";
import { type Column, NameCell } from "@/ui/Table";
import { DeleteObjectsDialog } from "./DeleteObjectsDialog";
import { ChooseFiles, Uploads } from "./Uploads";
import { useUploads } from "./useUploads";
import styles from "./Folder.module.css";

interface Row {
  key: string;
  folder: boolean;
  size: number;
  modified: Date | null;
}

interface Choosing {
  chosen: ReadonlySet<string>;
  toggle: (key: string) => void;
}

const named = (a: Row, b: Row) => a.key.localeCompare(b.key, "en", { numeric: true });

const columnsOf = (bucket: string, choosing: Choosing | null): Column<Row>[] => [
  ...(choosing
    ? [
        {
          id: "choose",
          label: "Choose",
          quiet: true,
          width: 44,
          cell: (row: Row) => (
            <input
              type="checkbox"
              className={styles.box}
              aria-label={`Choose ${nameOf(row.key)}`}
              checked={choosing.chosen.has(row.key)}
              onChange={() => choosing.toggle(row.key)}
            />
          ),
        },
      ]
    : []),
  {
    id: "name",
    label: "Name",
    order: named,
    cell: row => (
      <NameCell
        icon={row.folder ? <FolderIcon /> : <FileIcon name={row.key} />}
        sub={
          row.modified && (
            <>
              {bytes(row.size)} · <Ago at={row.modified} />
            </>
          )
        }
      >
        <Link to={treePath(bucket, row.key)} title={nameOf(row.key)}>
          {nameOf(row.key)}
          {row.folder && "/"}
        </Link>
      </NameCell>
    ),
  },
  {
    id: "size",
    label: "Size",
    wide: true,
    align: "right",
    width: 120,
    order: (a, b) => a.size - b.size,
    cell: row => !row.folder && <Size of={row.size} />,
  },
  {
    id: "modified",
    label: "Modified",
    wide: true,
    align: "right",
    width: 150,
    order: (a, b) => (a.modified?.getTime() ?? 0) - (b.modified?.getTime() ?? 0),
    cell: row => row.modified && <Ago at={row.modified} />,
  },
];

export function Folder({ bucket, prefix, crumbs }: { bucket: string; prefix: string; crumbs: ReactNode }) {
  const services = useServices();
  const { data: about } = useBucket(bucket);
  const listing = useInfiniteQuery(objectQueries.list(services, bucket, prefix));
  const uploads = useUploads(bucket, prefix);
  const writable = about?.level === "READ_WRITE";
  const { add } = uploads;
  useEffect(() => {
    const files = writable ? takeOver() : [];
    if (files.length > 0) add(files);
    // When the page has come; `add` is another function at every render.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [writable]);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [deleting, setDeleting] = useState(false);
  const toggle = (key: string) => {
    const next = new Set(chosen);
    if (!next.delete(key)) next.add(key);
    setChosen(next);
  };
  const columns = columnsOf(bucket, writable ? { chosen, toggle } : null);
  const rows: Row[] =
    listing.data?.pages.flatMap(page => [
      ...page.folders.map(key => ({ key, folder: true, size: -1, modified: null })),
      ...page.objects
        // The folder's own marker is not in it.
        .filter(({ key }) => key !== prefix)
        .map(({ key, size, modified }) => ({ key, folder: false, size, modified })),
    ]) ?? [];
  const pictures = rows
    .filter(row => !row.folder && isPicture(row.key))
    .map(({ key }) => ({ path: key, source: { bucket, key }, to: treePath(bucket, key) }));
  const gallery = useGallerySwitch(pictures.length > 0);
  const more = useMore(listing);
  return (
    <>
      <Head above={crumbs} title={<span className="hidden">{prefix ? `Files in ${prefix}` : "Files"}</span>}>
        {writable && chosen.size > 0 && (
          <Button kind="danger" icon={<Trash2 size={15} />} onClick={() => setDeleting(true)}>
            Delete {count(chosen.size)}…
          </Button>
        )}
        {writable && (
          <ButtonLink
            to={`${packagesPath(bucket)}/new?${new URLSearchParams({ prefix }).toString()}`}
            icon={<PackagePlus size={15} />}
          >
            New package
          </ButtonLink>
        )}
        {writable && <ChooseFiles add={uploads.add} />}
      </Head>
      {deleting && (
        <DeleteObjectsDialog
          bucket={bucket}
          objectKeys={[...chosen]}
          onDone={() => {
            setDeleting(false);
            setChosen(new Set());
          }}
          onClose={() => setDeleting(false)}
        />
      )}
      <Uploads uploads={uploads} />
      <DropAnywhere onDrop={writable ? data => void droppedFiles(data).then(uploads.add) : null}>
        {writable
          ? `Drop to upload to s3://${bucket}/${prefix}`
          : `Your role may only read ${bucket}: files cannot be uploaded here`}
      </DropAnywhere>
      {gallery.isOn ? (
        <Panel label="Pictures" title="Pictures" tools={gallery.choice}>
          <Gallery pictures={pictures} more={more} />
        </Panel>
      ) : (
        <ListPanel
          label="Files"
          tools={gallery.choice}
          table={`Files in ${prefix || bucket}`}
          query={listing}
          loading="Loading files"
          columns={columns}
          rows={rows}
          id={row => row.key}
          sortable
          empty={
            <Empty
              title={prefix ? "This folder is empty" : "This bucket is empty"}
              icon={<FolderOpen size={22} />}
            >
              {writable ? "Drop files anywhere on this page, or choose them with “Upload”." : null}
            </Empty>
          }
        />
      )}
    </>
  );
}
