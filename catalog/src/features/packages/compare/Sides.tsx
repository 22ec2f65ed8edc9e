import { ArrowLeftRight } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { Diff } from "@/api/models";
import type { Side } from "@/api/pushes";
import { t } from "@/language/en/features/packages/compare";
import { comparePath } from "@/lib/paths";
import { Button, IconButton } from "@/ui/Button";
import { RevisionChooser } from "./RevisionChooser";
import styles from "./Sides.module.css";

/** The two revisions, each of which can be exchanged for another. */
export function Sides({ head, base, diff }: { head: Side; base: Side | null; diff: Diff | undefined }) {
  const navigate = useNavigate();
  const [choosing, setChoosing] = useState<"base" | "head" | null>(null);
  // With the hashes that they turned out to have, an address means the same tomorrow.
  const sideOf = (side: { bucket: string; name: string; top_hash: string }): Side => ({
    bucket: side.bucket,
    name: side.name,
    reference: side.top_hash,
  });
  const shownHead = diff ? sideOf(diff.head) : head;
  const shownBase = diff?.base ? sideOf(diff.base) : base;
  const choose = (side: Side) => {
    const to = choosing === "head" ? comparePath(side, shownBase) : comparePath(shownHead, side);
    setChoosing(null);
    void navigate(to);
  };
  return (
    <div className={styles.sides}>
      <SideCard
        of="before"
        side={shownBase}
        message={diff?.base?.message}
        change={() => setChoosing("base")}
        none={diff !== undefined}
      />
      <IconButton
        label={t.swapSides}
        disabled={!shownBase}
        onClick={() => shownBase && void navigate(comparePath(shownBase, shownHead))}
      >
        <ArrowLeftRight size={17} />
      </IconButton>
      <SideCard of="after" side={shownHead} message={diff?.head.message} change={() => setChoosing("head")} />
      {choosing && (
        <RevisionChooser
          title={choosing === "head" ? t.chooseRevisionAfter : t.chooseRevisionBefore}
          from={(choosing === "head" ? shownHead : shownBase) ?? head}
          onChoose={choose}
          onClose={() => setChoosing(null)}
        />
      )}
    </div>
  );
}

function SideCard({
  of,
  side,
  message,
  change,
  none = false,
}: {
  of: "before" | "after";
  side: Side | null;
  message: string | null | undefined;
  change: () => void;
  none?: boolean;
}) {
  const title = of === "before" ? t.before : t.after;
  return (
    <section className={styles.side} data-of={of} aria-label={title}>
      <div className={styles.label}>
        <h2 className={styles.label}>{title}</h2>
        <Button small kind="quiet" onClick={change}>
          {t.changeTitle(<span className="hidden">{of === "before" ? t.before2 : t.after2}</span>)}
        </Button>
      </div>
      {side ? (
        <>
          <span className={styles.name}>
            {side.name} <code title={side.reference}>{side.reference.slice(0, 8)}</code>
          </span>
          <span className={styles.message}>
            {t.s3BucketMessage(side.bucket, message ? ` · ${message}` : "")}
          </span>
        </>
      ) : (
        <>
          <span className={styles.name}>{none ? t.nothing : t.pushBefore}</span>
          <span className={styles.message}>{none ? t.firstPush : " "}</span>
        </>
      )}
    </section>
  );
}
