import { Link } from "react-router";
import type { SqlQuerySource, SqlQuery } from "@/api/sqlQueries";
import { t } from "@/language/en/features/queries";
import { bytes, count } from "@/lib/format";
import { entryPath } from "@/lib/paths";
import { Panel } from "@/ui/Layout";
import { Hash } from "@/ui/Measures";
import styles from "./SourcesPanel.module.css";

const MAX_SHOWN = 20;

/** The revisions that a query reads: run again, it reads the same ones. */
export function SourcesPanel({ query }: { query: SqlQuery }) {
  if (query.sources.length === 0) return null;
  return (
    <Panel title={t.read} padded>
      <ul className={styles.sources}>
        {query.sources.map(source => (
          <li key={source.call}>
            <code className={styles.call}>{source.call}</code>
            <p className="muted num">
              {t.filesFiles(source.files)}, {bytes(source.bytes)}
            </p>
            <Revisions source={source} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Revisions({ source: { revisions, total_revisions: total } }: { source: SqlQuerySource }) {
  return (
    <ul className={styles.revisions}>
      {revisions.slice(0, MAX_SHOWN).map(({ bucket, package: name, top_hash: hash }) => (
        <li key={`${bucket}/${name}/${hash}`}>
          <Link to={entryPath(bucket, name, hash)}>
            {name} <Hash of={hash} />
          </Link>
        </li>
      ))}
      {total > MAX_SHOWN && <li className="muted">{t.moreTotal(count(total - MAX_SHOWN))}</li>}
    </ul>
  );
}
