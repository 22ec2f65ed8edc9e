import { Link } from "react-router";
import type { FoundItem, SearchMatch } from "@/api/models";
import { t } from "@/language/en/features/search";
import { entryPath, nameOf, parentOf } from "@/lib/paths";
import { METADATA, pointerLabel, valueAt, valueText } from "@/lib/pointers";
import { FileIcon } from "@/ui/FileIcon";
import { Marked } from "@/ui/Marked";
import { Ago, Hash, Size } from "@/ui/Measures";
import { PackageBlock } from "@/ui/PackageBlock";
import { fieldLabel } from "./fields";
import styles from "./HitList.module.css";
import { hitKey, hitPath } from "./hits";

interface Look {
  words: readonly string[];
  /** Metadata that is shown of each hit. */
  columns: readonly string[];
  /** Hits may be earlier revisions. */
  pinned: boolean;
  /** Fields in which something is chosen: that all hits have it is known. */
  chosen: readonly string[];
}

/** Hits one below the other, each with the reason why it was found. */
export function HitList({ items, ...look }: Look & { items: readonly FoundItem[] }) {
  return (
    <ol>
      {items.map(item => (
        <Hit key={hitKey(item)} item={item} {...look} />
      ))}
    </ol>
  );
}

/** What a match in these fields found is marked in the hit's own lines. */
const SHOWN_ANYWAY = new Set([
  "name",
  "name_text",
  "key",
  "bucket",
  "message",
  "kind",
  "ext",
  "size",
  "modified",
]);

function Hit({ item, words, columns, pinned, chosen }: Look & { item: FoundItem }) {
  const isPackage = item.kind === "package";
  const [above, name] = isPackage ? ["", item.name] : [parentOf(item.key), nameOf(item.key)];
  const matches = item.matches.filter(({ field }) => !SHOWN_ANYWAY.has(field) && !chosen.includes(field));
  return (
    <li className={styles.hit}>
      <span className={styles.icon}>
        {isPackage ? (
          <PackageBlock name={item.name} kinds={item.kinds} revisions={item.revisions} />
        ) : (
          <FileIcon name={item.key} />
        )}
      </span>
      <div className={styles.text}>
        <p className={styles.name}>
          <Link to={hitPath(item, pinned)}>
            {above && (
              <span className={styles.above}>
                <Marked text={above} words={words} />
              </span>
            )}
            <Marked text={name} words={words} />
          </Link>
        </p>
        {isPackage && item.title && (
          <p className={styles.message}>
            <Marked text={item.title} words={words} />
          </p>
        )}
        {isPackage &&
          item.message &&
          (!item.title || item.matches.some(({ field }) => field === "message")) && (
            <p className={styles.message}>
              <Marked text={item.message} words={words} />
            </p>
          )}
        {matches.length > 0 ? (
          <dl className={styles.matches} aria-label={t.found}>
            {matches.map((match, index) => (
              <Match key={index} match={match} words={words} />
            ))}
          </dl>
        ) : (
          item.snippet && (
            <p className={styles.snippet}>
              <Marked text={item.snippet} words={words} />
            </p>
          )
        )}
        {isPackage && item.matching_entries.length > 0 && (
          <ul className={styles.entries} aria-label={t.filesFound}>
            {item.matching_entries.map(path => (
              <li key={path}>
                <FileIcon name={path} />
                <Link to={entryPath(item.bucket, item.name, pinned ? item.top_hash : "latest", path)}>
                  <Marked text={path} words={words} />
                </Link>
              </li>
            ))}
          </ul>
        )}
        <Columns item={item} columns={columns} />
        <p className={styles.facts}>
          <span>{isPackage ? t.package : item.deleted ? t.deletedFile : t.file}</span>
          <span>{item.bucket}</span>
          {isPackage && <span className="num">{t.filesTotalEntries(item.total_entries)}</span>}
          {(isPackage || !item.deleted) && <Size of={isPackage ? item.total_bytes : item.size} />}
          <span>
            <Ago at={item.modified} />
            {isPackage && item.author && t.byAuthor(item.author)}
          </span>
          {isPackage && pinned && <Hash of={item.top_hash} />}
        </p>
      </div>
    </li>
  );
}

function Match({ match, words }: { match: SearchMatch; words: readonly string[] }) {
  const isMeta = match.field.startsWith(METADATA);
  return (
    <div>
      <dt data-code={isMeta || undefined}>{fieldLabel(match.field)}</dt>
      <dd>
        <Marked text={match.snippet ?? match.value ?? ""} words={words} />
      </dd>
    </div>
  );
}

function Columns({ item, columns }: { item: FoundItem; columns: readonly string[] }) {
  const found = columns.flatMap(column => {
    const pointer = column.slice(METADATA.length);
    const text = valueText(valueAt(item.meta, pointer));
    return text ? [[pointerLabel(pointer), text] as const] : [];
  });
  if (found.length === 0) return null;
  return (
    <dl className={styles.columns}>
      {found.map(([label, text]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}
