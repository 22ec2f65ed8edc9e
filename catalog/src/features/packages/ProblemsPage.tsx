import { useInfiniteQuery } from "@tanstack/react-query";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { Link } from "react-router";
import type { PackageProblem } from "@/api/models";
import { queries } from "@/api/queries";
import { itemsOf } from "@/lib/pages";
import { useServices } from "@/s3/context";
import { entryPath, treePath } from "@/lib/paths";
import { Button } from "@/ui/Button";
import { Chip, Head, Page, Panel } from "@/ui/Layout";
import { Ago } from "@/ui/Measures";
import { MoreFailed } from "@/ui/MoreFailed";
import { Empty, Failure, Loading } from "@/ui/States";
import { useBucketName } from "@/lib/params";
import styles from "./ProblemsPage.module.css";

/** Revisions of a bucket's packages that cannot be shown. */
export function ProblemsPage() {
  const bucket = useBucketName();
  const problems = useInfiniteQuery(queries.problems(useServices(), bucket));
  const rows = itemsOf(problems.data);
  return (
    <Page title={`Problems in ${bucket}`} narrow>
      <Head
        title="Problems"
        about="Revisions whose manifests are missing, cannot be read, or are not what they were pushed as."
      />
      <Panel label="Problems">
        {problems.isPending ? (
          <Loading label="Loading problems" />
        ) : problems.isError && rows.length === 0 ? (
          <Failure error={problems.error} retry={problems.refetch} />
        ) : rows.length === 0 ? (
          <Empty title="No problems" icon={<CircleCheck size={22} />}>
            All packages here are what they were pushed as.
          </Empty>
        ) : (
          <ul>
            {rows.map(row => (
              <Problem key={row.key} problem={row} />
            ))}
          </ul>
        )}
        <MoreFailed query={problems} />
        {problems.hasNextPage && !problems.isFetchNextPageError && (
          <div className={styles.more}>
            <Button small busy={problems.isFetchingNextPage} onClick={() => void problems.fetchNextPage()}>
              More
            </Button>
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
          {packages.length === 0 && <span>No package</span>}
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
