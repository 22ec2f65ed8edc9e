import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { t } from "@/language/en/ui/parts";
import { isJsonScalar, type Json, type JsonMember, type JsonScalar, membersOf } from "@/lib/json";
import styles from "./JsonTree.module.css";

/** Children shown at first, and at each "more". */
const BATCH_CHILDREN = 100;
const MAX_TEXT_LENGTH = 2_000;

export function JsonTree({ value, label, open = 2 }: { value: Json; label: string; open?: number }) {
  return (
    <div className={styles.tree} role="group" aria-label={label}>
      {isJsonScalar(value) ? <Leaf value={value} /> : <Members of={membersOf(value)} depth={0} open={open} />}
    </div>
  );
}

function Members({ of, depth, open }: { of: readonly JsonMember[]; depth: number; open: number }) {
  const [shown, setShown] = useState(BATCH_CHILDREN);
  if (of.length === 0) return <p className={styles.empty}>{t.empty}</p>;
  return (
    <ul>
      {of.slice(0, shown).map(([name, value], index) => (
        // Names may be repeated.
        <Member key={`${index} ${name}`} name={name} value={value} depth={depth} open={open} />
      ))}
      {of.length > shown && (
        <li>
          <button type="button" className={styles.more} onClick={() => setShown(shown + BATCH_CHILDREN)}>
            {t.moreOf(of.length - shown)}
          </button>
        </li>
      )}
    </ul>
  );
}

function Member({ name, value, depth, open }: { name: string; value: Json; depth: number; open: number }) {
  const [expanded, setExpanded] = useState(depth + 1 < open);
  const inner = isJsonScalar(value) ? [] : membersOf(value);
  if (inner.length === 0)
    return (
      <li className={styles.row}>
        <span className={styles.name}>{name}</span>
        {isJsonScalar(value) ? (
          <Leaf value={value} />
        ) : (
          <span className={styles.null}>{Array.isArray(value) ? "[ ]" : "{ }"}</span>
        )}
      </li>
    );
  return (
    <li>
      <button
        type="button"
        className={styles.toggle}
        aria-expanded={expanded}
        onClick={() => setExpanded(!expanded)}
      >
        <ChevronRight size={13} />
        <span className={styles.name}>{name}</span>
        <span className={styles.null}>
          {Array.isArray(value) ? `[${inner.length}]` : `{${inner.length}}`}
        </span>
      </button>
      {expanded && <Members of={inner} depth={depth + 1} open={open} />}
    </li>
  );
}

function Leaf({ value }: { value: JsonScalar }) {
  if (typeof value === "string") {
    const shown = value.length > MAX_TEXT_LENGTH ? `${value.slice(0, MAX_TEXT_LENGTH)}…` : value;
    return <span className={styles.string}>{shown === "" ? '""' : shown}</span>;
  }
  return <span className={value === null ? styles.null : styles.literal}>{String(value)}</span>;
}
