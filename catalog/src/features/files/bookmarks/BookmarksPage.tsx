import { Bookmark as Icon, Package, PackagePlus, Trash2 } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { type Bookmark, bookmarkId, useBookmarks } from "@/api/bookmarks";
import { t } from "@/language/en/features/files/bookmarks";
import { entryPath, nameOf, packagePath, treePath } from "@/lib/paths";
import { Button } from "@/ui/Button";
import { FileIcon, FolderIcon } from "@/ui/FileIcon";
import { Head, Page } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { Empty, ErrorNotice } from "@/ui/States";
import { type Column, NameCell } from "@/ui/Table";
import { chooseColumn } from "../selection/ChooseCell";
import { useSelection } from "../selection/useSelection";
import { PackageOfBookmarksDialog } from "./PackageOfBookmarksDialog";

/** What a person keeps at hand, from all buckets. */
export function BookmarksPage() {
  const { all, query, remove, error } = useBookmarks();
  const selection = useSelection(all.map(bookmarkId));
  const [making, setMaking] = useState(false);
  const chosen = all.filter(each => selection.chosen.has(bookmarkId(each)));
  const subject = chosen.length > 0 ? chosen : all;
  return (
    <Page title={t.bookmarks}>
      <Head title={t.bookmarks} about={t.filesFoldersPackages}>
        {all.length > 0 && (
          <Button kind="primary" icon={<PackagePlus size={15} />} onClick={() => setMaking(true)}>
            {chosen.length > 0 ? t.makePackageBookmark(chosen.length) : t.makePackageAll}
          </Button>
        )}
      </Head>
      <ErrorNotice error={error} />
      <ListPanel
        label={t.bookmarks}
        title={chosen.length > 0 ? t.chosenChosen(chosen.length) : undefined}
        tools={
          chosen.length > 0 && (
            <>
              <Button
                small
                icon={<Trash2 size={14} />}
                onClick={() => {
                  remove(chosen);
                  selection.clear();
                }}
              >
                {t.removeBookmark(chosen.length)}
              </Button>
              <Button small kind="quiet" onClick={selection.clear}>
                {t.chooseNone}
              </Button>
            </>
          )
        }
        query={query}
        loading={t.loadingBookmarks}
        rows={all}
        columns={[chooseColumn(selection, bookmarkId, labelOf), ...makeColumns()]}
        id={bookmarkId}
        empty={
          <Empty title={t.noBookmarksYet} icon={<Icon size={22} />}>
            {t.pressBookmarkFile}
          </Empty>
        }
      />
      {making && <PackageOfBookmarksDialog bookmarks={subject} onClose={() => setMaking(false)} />}
    </Page>
  );
}

const labelOf = ({ bucket, package: name, path }: Bookmark) =>
  path === "" ? (name ?? bucket) : nameOf(path) + (path.endsWith("/") ? "/" : "");

function pageOf({ bucket, package: name, path }: Bookmark): string {
  if (name === null) return treePath(bucket, path);
  return path === "" ? packagePath(bucket, name) : entryPath(bucket, name, "latest", path.replace(/\/$/, ""));
}

const isFolder = ({ path }: Bookmark) => path === "" || path.endsWith("/");

const makeColumns = (): readonly Column<Bookmark>[] => [
  {
    id: "name",
    label: t.name,
    cell: bookmark => (
      <NameCell
        icon={
          bookmark.package !== null && bookmark.path === "" ? (
            <Package size={16} />
          ) : isFolder(bookmark) ? (
            <FolderIcon />
          ) : (
            <FileIcon name={bookmark.path} />
          )
        }
        sub={placeOf(bookmark)}
      >
        <Link to={pageOf(bookmark)} title={bookmark.path}>
          {labelOf(bookmark)}
        </Link>
      </NameCell>
    ),
  },
  {
    id: "place",
    label: t.in,
    wide: true,
    cell: bookmark => <span className="muted cut">{placeOf(bookmark)}</span>,
  },
];

function placeOf({ bucket, package: name, path }: Bookmark): string {
  const above = path.slice(0, path.length - nameOf(path).length - (path.endsWith("/") ? 1 : 0));
  return name === null ? `s3://${bucket}/${above}` : `${bucket} · ${name}${above && ` · ${above}`}`;
}
