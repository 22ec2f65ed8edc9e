import { useQuery } from "@tanstack/react-query";
import { ArrowRight, Rows3 } from "lucide-react";
import { lazy, Suspense } from "react";
import { Link, useSearchParams } from "react-router";
import type { Side } from "@/api/pushes";
import { queries, useBucket } from "@/api/queries";
import { usePackageName } from "@/lib/params";
import { comparePath, compareRowsPath, entryPath, nameOf, packagePath, packagesPath } from "@/lib/paths";
import { isQueried } from "@/lib/sql";
import type { ShownFile } from "@/preview/file";
import { bucketPlace } from "@/preview/place";
import { useServices } from "@/s3/context";
import { ButtonLink } from "@/ui/Button";
import { Crumbs, Head, Page, Panel } from "@/ui/Layout";
import { Loaded, type LoadedQuery, together } from "@/ui/Loaded";
import { Hash } from "@/ui/Measures";
import { Empty, Loading, Notice } from "@/ui/States";
import { targetOf } from "../place";
import styles from "./CompareFilePage.module.css";

const ContentChanges = lazy(async () => ({
  default: (await import("./content/ContentChanges")).ContentChanges,
}));

/** A file in one revision beside the one in another. */
export function CompareFilePage() {
  const { bucket, name } = usePackageName();
  const [params] = useSearchParams();
  const path = params.get("path") ?? "";
  const head: Side = { bucket, name, reference: params.get("head") ?? "latest" };
  const base: Side = {
    bucket: params.get("base_bucket") ?? bucket,
    name: params.get("base_package") ?? name,
    reference: params.get("base") ?? "",
  };
  const basePath = params.get("base_path") ?? path;
  const isNamed = path !== "" && base.reference !== "";
  const title = `Changes of ${nameOf(path) || "a file"}`;
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
      >
        {isNamed && isQueried(path) && isQueried(basePath) && (
          <ButtonLink to={compareRowsPath(head, base, path, basePath)} icon={<Rows3 size={15} />}>
            Compare the rows
          </ButtonLink>
        )}
      </Head>
      {isNamed ? (
        <Panel label="Changes">
          <Difference before={{ side: base, path: basePath }} after={{ side: head, path }} />
        </Panel>
      ) : (
        <Notice kind="warn">
          The address names no file and two revisions of it.{" "}
          <Link to={comparePath(head)}>Compare the revision with another</Link>, and choose “content” beside a
          file.
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

interface Place {
  side: Side;
  path: string;
}

function Difference({ before, after }: { before: Place; after: Place }) {
  const both = together(useSideFile(before), useSideFile(after));
  return (
    <Loaded query={both} label="Looking for both files">
      {([old, now]) =>
        typeof old === "string" || typeof now === "string" ? (
          <Empty title="The files cannot be compared">
            {[old, now].find(each => typeof each === "string")}
          </Empty>
        ) : (
          <Suspense fallback={<Loading label="Loading the comparison" />}>
            <ContentChanges before={old} after={now} />
          </Suspense>
        )
      }
    </Loaded>
  );
}

/** What the viewers read; or why there is nothing that they can. */
function useSideFile({ side, path }: Place): LoadedQuery<ShownFile | string> {
  const services = useServices();
  const { bucket, name, reference } = side;
  const about = useBucket(bucket);
  const revision = useQuery(queries.revision(services, bucket, name, reference));
  const topHash = revision.data?.top_hash;
  const entry = useQuery({
    ...queries.entry(services, bucket, name, topHash ?? "", path),
    enabled: topHash !== undefined,
  });
  const { data, ...found } = together(about, revision, entry);
  if (!data) return { ...found, data: undefined };
  const [{ level }, { top_hash: revisionHash }, file] = data;
  if (file.type !== "file") return { ...found, data: `${path} is a folder.` };
  const target = targetOf(services, { bucket, name, revision: { top_hash: revisionHash } }, file, level);
  if (!target) return { ...found, data: `${path} is not stored in S3.` };
  if (!file.accessible)
    return { ...found, data: `${path} is stored in a bucket that your role does not include.` };
  const source = { bucket, package: name, revision: revisionHash, path: file.path };
  const place = bucketPlace(target.bucket, target.key);
  return { ...found, data: { source, target, name: file.path, size: file.size, place } };
}
