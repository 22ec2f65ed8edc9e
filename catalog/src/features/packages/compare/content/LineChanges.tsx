/** Two texts line by line, side by side or one below the other. */
import { useMemo, useState } from "react";
import { t } from "@/language/en/features/packages/compare";
import { count } from "@/lib/format";
import { Button } from "@/ui/Button";
import { Empty, Notice } from "@/ui/States";
import { Switch } from "@/ui/Switch";
import { PHONE, useMedia } from "@/ui/useMedia";
import { differenceOf, linesOf, partsOf, type Row, rowsOf } from "./lines";
import { ContentBar } from "./ContentBar";
import styles from "./LineChanges.module.css";

/** Rows shown at first, and at each "more". */
const BATCH_ROWS = 500;
const MAX_LINE_LENGTH = 2_000;

type Layout = "split" | "unified";
const layouts = () =>
  [
    ["split", t.sideSide],
    ["unified", t.oneBelowOther],
  ] as const satisfies readonly (readonly [Layout, string])[];

export function LineChanges({ before, after, label }: { before: string; after: string; label: string }) {
  const isPhone = useMedia(PHONE);
  const [chosen, setChosen] = useState<Layout | null>(null);
  const layout = chosen ?? (isPhone ? "unified" : "split");
  const [unfolded, setUnfolded] = useState<ReadonlySet<number>>(new Set());
  const [shown, setShown] = useState(BATCH_ROWS);
  const [old, now] = useMemo(() => [linesOf(before), linesOf(after)], [before, after]);
  const difference = useMemo(() => differenceOf(old, now), [old, now]);
  const rows = useMemo(() => rowsOf(difference.blocks, unfolded), [difference, unfolded]);
  const changed = difference.blocks.filter(({ kind }) => kind === "changed");
  if (changed.length === 0) return <Empty title={t.sameLines}>{t.linesEqualFiles}</Empty>;
  const sum = (of: "beforeLength" | "afterLength") => changed.reduce((total, each) => total + each[of], 0);
  const Rows = layout === "split" ? SplitRow : UnifiedRows;
  return (
    <>
      <ContentBar>
        <p>
          <strong className={styles.removed}>−{count(sum("beforeLength"))}</strong>{" "}
          <strong className={styles.added}>+{count(sum("afterLength"))}</strong>{" "}
          <span className="muted">{t.linesPlace(changed.length)}</span>
        </p>
        <Switch label={t.layout} options={layouts()} value={layout} onChange={setChosen} />
      </ContentBar>
      {!difference.isShortest && (
        <div className={styles.notice}>
          <Notice>{t.textsDifferToo}</Notice>
        </div>
      )}
      <table className={styles.lines} data-layout={layout} aria-label={label}>
        {/* The head is not seen, and the first row may be one cell. */}
        <colgroup>
          <col className={styles.numbers} />
          {layout === "split" && <col />}
          <col className={styles.numbers} />
          <col />
        </colgroup>
        <thead className="hidden">
          <tr>
            <th scope="col">{t.lineBefore}</th>
            {layout === "split" && <th scope="col">{t.before}</th>}
            <th scope="col">{t.lineAfter}</th>
            <th scope="col">{layout === "split" ? t.after : t.text}</th>
          </tr>
        </thead>
        <tbody>
          {rows
            .slice(0, shown)
            .map(row =>
              row.kind === "fold" ? (
                <Fold
                  key={`fold ${row.block}`}
                  lines={row.lines}
                  columns={layout === "split" ? 4 : 3}
                  unfold={() => setUnfolded(new Set([...unfolded, row.block]))}
                />
              ) : (
                <Rows key={`${row.before ?? ""} ${row.after ?? ""}`} row={row} old={old} now={now} />
              ),
            )}
        </tbody>
      </table>
      {rows.length > shown && (
        <div className={styles.more}>
          <Button small onClick={() => setShown(shown + BATCH_ROWS)}>
            {t.showMoreFurther(rows.length - shown)}
          </Button>
        </div>
      )}
    </>
  );
}

function Fold({ lines, columns, unfold }: { lines: number; columns: number; unfold: () => void }) {
  return (
    <tr className={styles.fold}>
      <td colSpan={columns}>
        <button type="button" onClick={unfold}>
          {t.showEqualLine(lines)}
        </button>
      </td>
    </tr>
  );
}

interface RowProps {
  row: Exclude<Row, { kind: "fold" }>;
  old: readonly string[];
  now: readonly string[];
}

function SplitRow({ row, old, now }: RowProps) {
  const before = textAt(old, row.before);
  const after = textAt(now, row.after);
  const isChanged = row.kind === "changed";
  return (
    <tr>
      <LineNumber of={row.before} />
      <Text text={before} other={after} change={isChanged ? "removed" : null} />
      <LineNumber of={row.after} />
      <Text text={after} other={before} change={isChanged ? "added" : null} />
    </tr>
  );
}

function UnifiedRows({ row, old, now }: RowProps) {
  const before = textAt(old, row.before);
  const after = textAt(now, row.after);
  if (row.kind === "same")
    return (
      <tr>
        <LineNumber of={row.before} />
        <LineNumber of={row.after} />
        <Text text={after} other={before} change={null} />
      </tr>
    );
  return (
    <>
      {before !== null && (
        <tr>
          <LineNumber of={row.before} />
          <LineNumber of={null} />
          <Text text={before} other={after} change="removed" />
        </tr>
      )}
      {after !== null && (
        <tr>
          <LineNumber of={null} />
          <LineNumber of={row.after} />
          <Text text={after} other={before} change="added" />
        </tr>
      )}
    </>
  );
}

const textAt = (lines: readonly string[], position: number | null) =>
  position === null ? null : (lines[position] ?? "");

function LineNumber({ of }: { of: number | null }) {
  return <td className={styles.number}>{of === null ? "" : of + 1}</td>;
}

function Text({
  text,
  other,
  change,
}: {
  text: string | null;
  other: string | null;
  change: "added" | "removed" | null;
}) {
  if (text === null) return <td className={styles.none} />;
  const short = cut(text);
  if (change === null) return <td className={styles.text}>{short}</td>;
  const [head, middle, tail] = other === null ? [short, "", ""] : partsOf(short, cut(other));
  return (
    <td className={styles.text} data-change={change}>
      <span className={styles.sign}>
        <span aria-hidden>{change === "added" ? "+" : "−"}</span>
        <span className="hidden">{change}: </span>
      </span>
      {head}
      {middle && <mark>{middle}</mark>}
      {tail}
    </td>
  );
}

const cut = (line: string) => (line.length > MAX_LINE_LENGTH ? `${line.slice(0, MAX_LINE_LENGTH)}…` : line);
