/** What to do when somebody else has pushed since the draft was begun. */
import { GitCompareArrows, RefreshCw } from "lucide-react";
import { Button, ButtonLink } from "@/ui/Button";
import { Notice } from "@/ui/States";
import styles from "./StaleNotice.module.css";

export function StaleNotice({
  reason,
  compare,
  redo,
}: {
  reason: string;
  compare: string;
  redo: () => void;
}) {
  return (
    <Notice kind="warn">
      <div className={styles.stale}>
        <p>
          <strong>Another push came first.</strong> {reason} Your changes are kept: look at what is new, then
          make them on the latest revision.
        </p>
        <div>
          <RedoButtons compare={compare} redo={redo} />
        </div>
      </div>
    </Notice>
  );
}

export function RedoButtons({ compare, redo }: { compare: string; redo: () => void }) {
  return (
    <>
      <ButtonLink small to={compare} icon={<GitCompareArrows size={14} />}>
        Compare
      </ButtonLink>
      <Button small kind="primary" onClick={redo} icon={<RefreshCw size={14} />}>
        Redo on the latest
      </Button>
    </>
  );
}
