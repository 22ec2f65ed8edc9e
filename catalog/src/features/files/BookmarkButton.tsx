import { Bookmark as Icon, BookmarkCheck } from "lucide-react";
import { type Bookmark, useBookmarks } from "@/api/bookmarks";
import { t } from "@/language/en/features/files/tools";
import { Button } from "@/ui/Button";
import { ErrorNotice } from "@/ui/States";

/** Keeps one place at hand, or no longer. */
export function BookmarkButton({ place, small = true }: { place: Bookmark; small?: boolean }) {
  const { has, add, remove, error } = useBookmarks();
  const isKept = has(place);
  return (
    <>
      <ErrorNotice error={error} />
      <Button
        small={small}
        aria-pressed={isKept}
        icon={isKept ? <BookmarkCheck size={15} /> : <Icon size={15} />}
        onClick={() => (isKept ? remove([place]) : add([place]))}
      >
        {t.bookmark}
      </Button>
    </>
  );
}
