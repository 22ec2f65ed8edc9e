import { useInfiniteQuery } from "@tanstack/react-query";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { Link } from "react-router";
import type { PackageProblem } from "@/api/models";
import { queries } from "@/api/queries";
import { t } from "@/language/en/features/packages/lists";
import { itemsOf } from "@/lib/pages";
import { useBucketName } from "@/lib/params";
import { entryPath, treePath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Chip, Head, Page, Panel } from "@/ui/Layout";
import { ListStates, MoreButton } from "@/ui/ListStates";
import { Ago } from "@/ui/Measures";
import { Empty } from "@/ui/States";
import styles from "./ProblemsPage.module.css";

/** Revisions of a bucket's packages that cannot be shown. */
export function ProblemsPage() {
  const bucket = useBucketName();
  const problems = useInfiniteQuery(queries.problems(useServices(), bucket));
  const rows = itemsOf(problems.data);
  return (
    <Page title={t.problemsBucket(bucket)} narrow>
      <Head title={t.problems} about={t.revisionsWhoseManifests} />
      <Panel label={t.problems}>
        <ListStates
          query={problems}
          loading={t.loadingProblems}
          count={rows.length}
          empty={
            <Empty title={t.noProblems} icon={<CircleCheck size={22} />}>
              {t.allPackagesPushed}
            </Empty>
          }
        >
          <ul>
            {rows.map(row => (
              <Problem key={row.key} problem={row} />
            ))}
          </ul>
        </ListStates>
        {problems.hasNextPage && (
          <div className={styles.more}>
            <MoreButton query={problems} small />
          </div>
        )}
      </Panel>
    </Page>
  );
}

function Problem({
  problem: { bucket, key, state, problem, packages, top_hash, modified },
}: {
  problem: PackageProblem;
}) {
  return (
    <li className={styles.problem}>
      <TriangleAlert size={17} />
      <div className={styles.text}>
        <p className={styles.head}>
          {packages.length === 0 && <span>{t.noPackage}</span>}
          {packages.map(name =>
            top_hash ? (
              <Link key={name} to={entryPath(bucket, name, top_hash)}>
                {name}
              </Link>
            ) : (
              <strong key={name}>{name}</strong>
            ),
          )}
          <Chip kind="danger">{state}</Chip>
        </p>
        <p>{problem}</p>
        <p className={styles.sub}>
          {modified ? <Link to={treePath(bucket, key)}>{key}</Link> : <code>{key}</code>}
          {modified && (
            <>
              {" "}
              · <Ago at={modified} />
            </>
          )}
        </p>
      </div>
    </li>
  );
}
