import { Button } from "./Button";
import styles from "./MoreFailed.module.css";
import { Notice, said } from "./States";

interface Query {
  isFetchNextPageError: boolean;
  isFetchingNextPage: boolean;
  error: Error | null;
  fetchNextPage: () => Promise<unknown>;
}

/** The end of a list whose next page is under way, or did not come. */
export function MoreFailed({ query }: { query: Query }) {
  if (query.isFetchingNextPage)
    return (
      <p className={styles.line} role="status">
        Loading more…
      </p>
    );
  if (!query.isFetchNextPageError) return null;
  return (
    <div className={styles.failed}>
      <Notice kind="danger">{said(query.error)}</Notice>
      <Button small onClick={() => void query.fetchNextPage()}>
        Try again
      </Button>
    </div>
  );
}
