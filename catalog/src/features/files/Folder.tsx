import { useInfiniteQuery } from "@tanstack/react-query";
import { FilePlus, FolderOpen, FolderPlus, PackagePlus, Plus } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { Link } from "react-router";
import { useBucket } from "@/api/queries";
import { t } from "@/language/en/features/files";
import { bytes } from "@/lib/format";
import { useMore } from "@/lib/pages";
import { nameOf, packagesPath, treePath } from "@/lib/paths";
import { Gallery, isPicture } from "@/preview/pictures/Gallery";
import { useGallerySwitch } from "@/preview/pictures/useGallerySwitch";
import { useServices } from "@/s3/context";
import { droppedFiles, takeOver } from "@/s3/dropped";
import { useBucketPreferences } from "@/s3/preferences";
import { objectQueries } from "@/s3/queries";
import { ButtonLink } from "@/ui/Button";
import { DropAnywhere } from "@/ui/DropAnywhere";
import { Check } from "@/ui/Field";
import { FileIcon, FolderIcon } from "@/ui/FileIcon";
import { Head, Panel } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { Ago, Size } from "@/ui/Measures";
import { Menu, MenuItem } from "@/ui/Menu";
import { Empty } from "@/ui/States";
import { type Column, NameCell, sorted, type Sorting } from "@/ui/Table";
import { BookmarkButton } from "./BookmarkButton";
import { INTERNAL } from "./internal";
import { NewObjectDialog } from "./NewObjectDialog";
import { chooseColumn } from "./selection/ChooseCell";
import { SelectionActions } from "./selection/SelectionActions";
import { useSelection } from "./selection/useSelection";
import { ChooseFiles, Uploads } from "./Uploads";
import { useShowsInternal } from "./useShowsInternal";
import { useUploads } from "./useUploads";

interface Row {
  key: string;
  folder: boolean;
  size: number;
  modified: Date | null;
}

const named = (a: Row, b: Row) => a.key.localeCompare(b.key, "en", { numeric: true });

const columnsOf = (bucket: string): Column<Row>[] => [
  {
    id: "name",
    label: t.name,
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
    label: t.size,
    wide: true,
    align: "right",
    width: 120,
    order: (a, b) => a.size - b.size,
    cell: row => !row.folder && <Size of={row.size} />,
  },
  {
    id: "modified",
    label: t.modified,
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
  const preferences = useBucketPreferences(bucket);
  const writable = about?.level === "READ_WRITE" && preferences.actions.writeFile;
  const makesPackages = about?.level === "READ_WRITE" && preferences.actions.createPackage;
  const { add } = uploads;
  useEffect(() => {
    const files = writable ? takeOver() : [];
    if (files.length > 0) add(files);
    // When the page has come; `add` is another function at every render.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [writable]);
  const all: Row[] =
    listing.data?.pages.flatMap(page => [
      ...page.folders.map(key => ({ key, folder: true, size: -1, modified: null })),
      ...page.objects
        // The folder's own marker is not in it.
        .filter(({ key }) => key !== prefix)
        .map(({ key, size, modified }) => ({ key, folder: false, size, modified })),
    ]) ?? [];
  const more = useMore(listing);
  const [sorting, setSorting] = useState<Sorting | null>(null);
  const [showsInternal, setShowsInternal] = useShowsInternal();
  const hasInternal = all.some(row => row.key === INTERNAL);
  const listed = showsInternal ? all : all.filter(row => row.key !== INTERNAL);
  const columns = columnsOf(bucket);
  const rows = more ? listed : sorted(listed, columns, sorting);
  // What Quilt keeps is looked at, not chosen.
  const selection = useSelection(rows.map(row => row.key).filter(key => key !== INTERNAL));
  const ticks = chooseColumn<Row>(
    selection,
    row => row.key,
    row => nameOf(row.key),
    row => row.key === INTERNAL,
  );
  const [naming, setNaming] = useState<"file" | "folder" | null>(null);
  const pictures = rows
    .filter(row => !row.folder && isPicture(row.key))
    .map(({ key }) => ({ path: key, source: { bucket, key }, to: treePath(bucket, key) }));
  const gallery = useGallerySwitch(pictures.length > 0 && preferences.gallery.files);
  return (
    <>
      <Head above={crumbs} title={<span className="hidden">{prefix ? t.filesPrefix(prefix) : t.files}</span>}>
        <BookmarkButton small={false} place={{ bucket, package: null, path: prefix }} />
        {makesPackages && (
          <ButtonLink
            to={`${packagesPath(bucket)}/new?${new URLSearchParams({ prefix }).toString()}`}
            icon={<PackagePlus size={15} />}
          >
            {t.newPackage}
          </ButtonLink>
        )}
        {writable && <ChooseFiles add={uploads.add} />}
        {writable && (
          <Menu label={t.makeSomethingNew} trigger={<Plus size={18} />}>
            <MenuItem icon={<FilePlus size={15} />} onClick={() => setNaming("file")}>
              {t.newFile}
            </MenuItem>
            <MenuItem icon={<FolderPlus size={15} />} onClick={() => setNaming("folder")}>
              {t.newFolder}
            </MenuItem>
          </Menu>
        )}
      </Head>
      {naming && (
        <NewObjectDialog bucket={bucket} prefix={prefix} what={naming} onClose={() => setNaming(null)} />
      )}
      <Uploads uploads={uploads} />
      <DropAnywhere onDrop={writable ? data => void droppedFiles(data).then(uploads.add) : null}>
        {writable ? t.dropUploadS3(bucket, prefix) : t.filesCannotUploaded(bucket)}
      </DropAnywhere>
      {!preferences.blocks.browser ? (
        <Panel>
          <Empty title={t.filesNotListed}>{t.preferencesBucketSay}</Empty>
        </Panel>
      ) : gallery.isOn ? (
        <Panel label={t.pictures} title={t.pictures} tools={gallery.choice}>
          <Gallery pictures={pictures} more={more} />
        </Panel>
      ) : (
        <ListPanel
          label={t.files}
          title={selection.chosen.size > 0 ? t.chosenChosen(selection.chosen.size) : undefined}
          tools={
            <>
              <SelectionActions
                bucket={bucket}
                folder={prefix}
                selection={selection}
                sizes={new Map(rows.filter(row => !row.folder).map(row => [row.key, row.size]))}
                isWritable={writable}
                makesPackages={makesPackages}
              />
              {hasInternal && (
                <Check label={t.showQuilt} checked={showsInternal} onChange={setShowsInternal} />
              )}
              {gallery.choice}
            </>
          }
          table={t.filesPrefix(prefix || bucket)}
          query={listing}
          loading={t.loadingFiles}
          columns={[ticks, ...columns]}
          rows={rows}
          id={row => row.key}
          {...(more ? {} : { order: { sorting, onSort: setSorting } })}
          empty={
            <Empty
              title={prefix ? t.folderEmpty : hasInternal ? t.noFilesYet : t.bucketEmpty}
              icon={<FolderOpen size={22} />}
            >
              {writable ? t.dropFilesAnywhere : null}
            </Empty>
          }
        />
      )}
    </>
  );
}
