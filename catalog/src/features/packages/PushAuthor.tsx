/** The user who pushed. */
import { t } from "@/language/en/features/packages";

export function PushAuthor({ author }: { author: string | null }) {
  return author === null ? (
    <span className="muted" title={t.storeDidNot}>
      {t.unknown}
    </span>
  ) : (
    <span>{author}</span>
  );
}
