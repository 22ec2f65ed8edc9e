/** What to do when somebody else has pushed since the draft was begun. */
import { GitCompareArrows, RefreshCw } from "lucide-react";
import { t } from "@/language/en/features/packages/revise";
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
        <p>{t.changesKeptLook(<strong>{t.anotherPushCame}</strong>, reason)}</p>
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
        {t.compare}
      </ButtonLink>
      <Button small kind="primary" onClick={redo} icon={<RefreshCw size={14} />}>
        {t.redoLatest}
      </Button>
    </>
  );
}
