import { Bookmark as BookmarkIcon, Ellipsis, PackagePlus } from "lucide-react";
import type { ReactNode } from "react";
import { type Bookmark, useBookmarks } from "@/api/bookmarks";
import { t } from "@/language/en/features/files/selection";
import { Button } from "@/ui/Button";
import { Menu, MenuItem } from "@/ui/Menu";
import { ErrorNotice } from "@/ui/States";
import type { LongWork } from "./useLongWork";

/** What can be done with chosen files, wherever they are: a package or bookmarks of them, and more. */
export function ChosenMenu({
  making,
  makesPackages,
  bookmarks,
  clear,
  tools,
  children,
}: {
  /** Hands the files over to a new package. */
  making: LongWork;
  makesPackages: boolean;
  /** Bookmarks of what was chosen. */
  bookmarks: readonly Bookmark[];
  clear: () => void;
  tools?: ReactNode;
  /** Further items of the menu. */
  children: ReactNode;
}) {
  const kept = useBookmarks();
  return (
    <>
      <ErrorNotice error={making.error ?? kept.error} />
      {making.isRunning && (
        <Button small onClick={making.stop}>
          {t.listingFilesStop}
        </Button>
      )}
      {tools}
      <Menu label={t.actionsChosenItems} trigger={<Ellipsis size={18} />}>
        {makesPackages && (
          <MenuItem icon={<PackagePlus size={15} />} onClick={making.start}>
            {t.makePackage}
          </MenuItem>
        )}
        <MenuItem icon={<BookmarkIcon size={15} />} onClick={() => kept.add(bookmarks)}>
          {t.bookmark}
        </MenuItem>
        {children}
      </Menu>
      <Button small kind="quiet" onClick={clear}>
        {t.chooseNone}
      </Button>
    </>
  );
}
