import { useInfiniteQuery } from "@tanstack/react-query";
import { queries } from "@/api/queries";
import { t } from "@/language/en/features/queries";
import { itemsOf } from "@/lib/pages";
import { sqlText } from "@/lib/sql";
import { useServices } from "@/s3/context";
import { Panel } from "@/ui/Layout";
import styles from "./FirstQueries.module.css";

/** Statements to begin with, over a bucket that is there. */
export function FirstQueries({ onChoose }: { onChoose: (sql: string) => void }) {
  const buckets = useInfiniteQuery(queries.buckets(useServices()));
  const bucket = itemsOf(buckets.data)[0]?.name ?? "bucket";
  const packages = useInfiniteQuery({
    ...queries.packages(useServices(), bucket, "", 20),
    enabled: buckets.data !== undefined,
  });
  const name = itemsOf(packages.data)[0]?.name ?? "author/name";
  const uri = `${bucket}/${name}`;
  const examples = [
    [t.packagesBucketMetadata, `SELECT *\nFROM packages(${sqlText(bucket)})`],
    [
      t.largestFilesPackage,
      `SELECT logical_key, size\nFROM entries(${sqlText(`${uri}@latest`)})\nORDER BY size DESC\nLIMIT 20`,
    ],
    [t.howPackageGrew, `SELECT *\nFROM revisions(${sqlText(uri)})`],
    [
      t.rowsAllCsv,
      `SELECT "$logical_key", *\nFROM package(${sqlText(`${uri}@latest`)}, '**/*.csv')\nLIMIT 100`,
    ],
  ] as const;
  return (
    <Panel title={t.begin} padded>
      <ul className={styles.examples}>
        {examples.map(([title, sql]) => (
          <li key={title}>
            <button type="button" onClick={() => onChoose(sql)}>
              <span>{title}</span>
              <code>{sql.replaceAll("\n", " ")}</code>
            </button>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
