import { useInfiniteQuery } from "@tanstack/react-query";
import { Package } from "lucide-react";
import { Link } from "react-router";
import type { FoundItem } from "@/api/models";
import { searchQueries } from "@/api/search";
import { t } from "@/language/en/features/files";
import { isAnyOf } from "@/lib/clauses";
import { nameOf, packagePath } from "@/lib/paths";
import { isQueried, newQueryPath, patternOf, selectFrom } from "@/lib/sql";
import { useServices } from "@/s3/context";
import styles from "./InPackages.module.css";

const MAX_SHOWN = 3;

type FoundPackage = Extract<FoundItem, { kind: "package" }>;

/** The first rows of the files of this name in the package: the search does not say their paths there. */
const statementOf = ({ bucket, name }: FoundPackage, objectKey: string) =>
  selectFrom({ bucket, name, reference: "latest" }, `**/${patternOf(nameOf(objectKey))}`);

/** Packages whose latest revision has the file. */
export function InPackages({ bucket, objectKey }: { bucket: string; objectKey: string }) {
  const q = isAnyOf("object", [`s3://${bucket}/${objectKey}`]);
  const found = useInfiniteQuery(searchQueries.hits(useServices(), { q, kind: "package" }, null, MAX_SHOWN));
  const total = found.data?.pages[0]?.total ?? 0;
  const packages = (found.data?.pages[0]?.items ?? []).filter(
    (item): item is FoundPackage => item.kind === "package",
  );
  if (packages.length === 0) return null;
  return (
    <span className={styles.packages}>
      <Package size={14} aria-hidden /> {t.in}{" "}
      {packages.map((item, index) => (
        <span key={`${item.bucket} ${item.name}`}>
          {index > 0 && ", "}
          <Link to={packagePath(item.bucket, item.name)}>{item.name}</Link>
          {item.bucket !== bucket && t.ofBucket(item.bucket)}
          {isQueried(objectKey) && (
            <>
              {" ("}
              <Link to={newQueryPath(statementOf(item, objectKey))} title={t.querySql(item.name)}>
                {t.sql}
              </Link>
              )
            </>
          )}
        </span>
      ))}
      {total > packages.length && (
        <>
          {t.and}
          <Link to={`/search?${new URLSearchParams({ q, kind: "package" }).toString()}`}>
            {t.otherPackages(total - packages.length)}
          </Link>
        </>
      )}
    </span>
  );
}
