import { useQuery } from "@tanstack/react-query";
import { ArrowRight } from "lucide-react";
import { Link, useSearchParams } from "react-router";
import type { Side } from "@/api/pushes";
import { type RowDifferenceOf, sqlQueries } from "@/api/sqlQueries";
import { usePackageName } from "@/lib/params";
import { comparePath, entryPath, nameOf, packagePath, packagesPath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Crumbs, Head, Page } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { Hash } from "@/ui/Measures";
import { Notice } from "@/ui/States";
import { RowChanges } from "./RowChanges";
import styles from "./CompareRowsPage.module.css";

/** The rows of a table in one revision beside those in another. */
export function CompareRowsPage() {
  const { bucket, name } = usePackageName();
  const [params, setParams] = useSearchParams();
  const path = params.get("path") ?? "";
  const head: Side = { bucket, name, reference: params.get("head") ?? "latest" };
  const base: Side = {
    bucket: params.get("base_bucket") ?? bucket,
    name: params.get("base_package") ?? name,
    reference: params.get("base") ?? "",
  };
  const basePath = params.get("base_path") ?? path;
  const keyColumns = params.getAll("key");
  const title = `Rows of ${nameOf(path)}`;
  const isNamed = path !== "" && base.reference !== "";
  return (
    <Page title={title}>
      <Crumbs
        steps={[
          { label: "Packages", to: packagesPath(bucket) },
          { label: name, to: packagePath(bucket, name) },
          { label: "Compare", to: comparePath(head, isNamed ? base : null) },
          { label: path },
        ]}
      />
      <Head
        title={title}
        about={
          isNamed && (
            <span className={styles.sides}>
              <SideLink side={base} path={basePath} />
              <ArrowRight size={14} aria-label="to" />
              <SideLink side={head} path={path} />
            </span>
          )
        }
      />
      {isNamed ? (
        <Difference
          of={{ head, base, path, basePath, keyColumns }}
          onKeys={chosen => {
            const next = new URLSearchParams(params);
            next.delete("key");
            for (const each of chosen) next.append("key", each);
            setParams(next, { preventScrollReset: true });
          }}
        />
      ) : (
        <Notice kind="warn">
          The address names no table and two revisions of it.{" "}
          <Link to={comparePath(head)}>Compare the revision with another</Link>, and choose “rows” beside a
          table.
        </Notice>
      )}
    </Page>
  );
}

function SideLink({ side, path }: { side: Side; path: string }) {
  return (
    <Link to={entryPath(side.bucket, side.name, side.reference, path)}>
      {side.name} <Hash of={side.reference} />
    </Link>
  );
}

function Difference({ of, onKeys }: { of: RowDifferenceOf; onKeys: (chosen: readonly string[]) => void }) {
  const services = useServices();
  const begun = useQuery(sqlQueries.rowDifference(services, of));
  const id = begun.data?.id ?? "";
  const query = useQuery({ ...sqlQueries.query(services, id), enabled: id !== "" });
  return (
    <Loaded
      query={begun.isError ? begun : { ...query, isPending: query.data === undefined }}
      label="Comparing the rows"
      framed
    >
      {data => <RowChanges key={data.id} query={data} chosen={of.keyColumns} onKeys={onKeys} />}
    </Loaded>
  );
}
