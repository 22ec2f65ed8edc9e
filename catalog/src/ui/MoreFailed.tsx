import { t } from "@/language/en/ui/parts";
import { errorMessage } from "@/lib/errors";
import type { PagesQuery } from "@/lib/pages";
import { Button } from "./Button";
import { Notice } from "./States";
import styles from "./MoreFailed.module.css";

interface Query extends Partial<PagesQuery> {
  error: unknown;
}

/** The end of a list whose next page is under way, or did not come. */
export function MoreFailed({ query }: { query: Query }) {
  if (query.isFetchingNextPage)
    return (
      <p className={styles.line} role="status">
        {t.loadingMore}
      </p>
    );
  if (!query.isFetchNextPageError) return null;
  return (
    <div className={styles.failed}>
      <Notice kind="danger">{errorMessage(query.error)}</Notice>
      <Button small onClick={() => void query.fetchNextPage?.()}>
        {t.tryAgain}
      </Button>
    </div>
  );
}
