import { useQuery } from "@tanstack/react-query";
import { ShieldAlert } from "lucide-react";
import { useLocation, useParams, useSearchParams } from "react-router";
import type { Entry, Revision } from "@/api/models";
import { queries } from "@/api/queries";
import { t } from "@/language/en/features/packages";
import type { Json } from "@/lib/json";
import { userMeta } from "@/lib/metadata";
import { usePackageName } from "@/lib/params";
import { fromTail, packagePath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { useBucketPreferences } from "@/s3/preferences";
import { ButtonLink } from "@/ui/Button";
import { JsonTree } from "@/ui/JsonTree";
import { Chip, Columns, Page, Panel } from "@/ui/Layout";
import { Loaded, type LoadedQuery } from "@/ui/Loaded";
import { Empty, Loading, Notice } from "@/ui/States";
import { PackageData, useHasData } from "./data/PackageData";
import { FolderDownload } from "./download/FolderDownload";
import { GoToFile } from "./goto/GoToFile";
import { InstallPanel } from "./InstallPanel";
import { PackageHeader } from "./label/PackageHeader";
import { isMissing, MissingEntry } from "./MissingEntry";
import { MissingPackage } from "./MissingPackage";
import { PackageActions } from "./PackageActions";
import { PackageFilePanel } from "./PackageFilePanel";
import { PackageFolder } from "./PackageFolder";
import { type PackageTab, PackageTabs } from "./PackageTabs";
import type { PackageLocation } from "./place";
import { RevisionFacts } from "./RevisionFacts";
import { RevisionPicker } from "./RevisionPicker";
import { stateWord } from "./states";

const LATEST = "latest";

/** A revision of a package at a path: a folder of it, or a file. */
export function PackagePage() {
  const { bucket, name } = usePackageName();
  const { reference: named } = useParams();
  const reference = named ?? LATEST;
  const asked = tabOf(useSearchParams()[0].get("tab"));
  // /b/BUCKET/packages/AUTHOR/NAME/tree/REFERENCE/PATH
  const path = fromTail(useLocation().pathname, 7).replace(/\/$/, "");
  const services = useServices();
  const about = useQuery(queries.package(services, bucket, name));
  const chosen = useQuery({
    ...queries.revision(services, bucket, name, reference),
    enabled: reference !== LATEST,
  });
  // What is known of the package has its latest revision.
  const revision = reference === LATEST ? { ...about, data: about.data?.latest } : chosen;
  const latest = about.data?.latest.top_hash;
  return (
    <Page title={path ? t.inPathName(path, name) : name} dense>
      <PackageHeader
        bucket={bucket}
        name={name}
        reference={reference}
        path={path}
        about={about.data}
        revision={revision.data}
      >
        {revision.data && latest && latest !== revision.data.top_hash && (
          <Chip kind="warn">{t.notLatest}</Chip>
        )}
        {revision.data?.state === "ready" && (
          <GoToFile bucket={bucket} name={name} reference={reference} revision={revision.data} />
        )}
        {!about.isError && (
          <RevisionPicker
            bucket={bucket}
            name={name}
            path={path}
            reference={reference}
            revision={revision.data}
            query={asked ? `?tab=${asked}` : ""}
          />
        )}
        {revision.data?.state === "ready" && (
          <FolderDownload
            bucket={bucket}
            name={name}
            path={path}
            reference={reference}
            revision={revision.data}
          />
        )}
        {revision.data && (
          <PackageActions
            bucket={bucket}
            name={name}
            path={path}
            revision={revision.data}
            pushes={about.data?.revisions}
          />
        )}
      </PackageHeader>
      {isMissing(about.error) && isMissing(revision.error) ? (
        <MissingPackage bucket={bucket} name={name} error={revision.error} />
      ) : (
        <Loaded query={revision} label={t.loadingPackage} framed>
          {data =>
            data.state !== "ready" ? (
              <Unreadable bucket={bucket} name={name} revision={data} />
            ) : (
              <Content
                bucket={bucket}
                name={name}
                path={path}
                reference={reference}
                revision={data}
                tab={asked}
                opensWithData={named === undefined}
                modified={latest === data.top_hash ? about.data?.modified : undefined}
                pushes={about.data?.revisions}
              />
            )
          }
        </Loaded>
      )}
    </Page>
  );
}

function tabOf(text: string | null): PackageTab | null {
  return text === "data" || text === "files" || text === "metadata" ? text : null;
}

const advice = (): Record<Exclude<Revision["state"], "ready">, string> => ({
  missing: t.pointerNamesManifest,
  corrupt: t.manifestCannotRead,
  mismatch: t.manifestNotNamed,
});

/** Never shown as good: what is wrong, and the way to revisions that are. */
function Unreadable({ bucket, name, revision }: { bucket: string; name: string; revision: Revision }) {
  if (revision.state === "ready") return null;
  return (
    <Panel>
      <Empty
        title={t.revisionState(stateWord(revision.state))}
        icon={<ShieldAlert size={22} />}
        action={<ButtonLink to={`${packagePath(bucket, name)}/revisions`}>{t.otherRevisions}</ButtonLink>}
      >
        <Notice kind="danger">{revision.problem ?? stateWord(revision.state)}</Notice>
        <p>{advice()[revision.state]}</p>
      </Empty>
    </Panel>
  );
}

/** `opensWithData`: without a choice, the package shows its data, if it has some. */
function Content({
  modified,
  pushes,
  tab,
  opensWithData,
  ...where
}: PackageLocation & {
  modified: string | undefined;
  pushes: number | undefined;
  tab: PackageTab | null;
  opensWithData: boolean;
}) {
  const { bucket, name, path, reference, revision } = where;
  const { blocks } = useBucketPreferences(bucket);
  const { hasData, isPending } = useHasData(where, tab === null && opensWithData && path === "");
  const found = useQuery({
    ...queries.entry(useServices(), bucket, name, revision.top_hash, path),
    enabled: path !== "",
  });
  const entry = path === "" ? topFolderOf(revision) : found;
  const missing = path !== "" && isMissing(entry.error);
  const wanted = {
    bucket,
    name,
    topHash: reference === LATEST ? null : revision.top_hash,
    ...(path && !missing ? { path } : {}),
  };
  const meta = metaOf(entry.data, revision, path);
  const tree = meta ? (
    <JsonTree value={meta} label={t.metadata} open={2} />
  ) : (
    <p className="muted">{path ? t.noMetadata : t.pushGaveNo}</p>
  );
  const current = tab ?? (hasData ? "data" : "files");
  const tabs = entry.data?.type === "directory" && (
    <PackageTabs bucket={bucket} name={name} reference={reference} path={path} current={current} />
  );
  if (isPending || (entry.isPending && current !== "files"))
    return <Loading rows={8} label={t.loadingPackage} />;
  if (entry.data?.type === "directory" && current !== "files")
    return (
      <>
        {tabs}
        {current === "data" ? (
          <PackageData key={`${revision.top_hash}/${path}`} {...where} directory={entry.data} />
        ) : (
          <Panel title={path ? t.metadata2 : t.packageMetadata} padded>
            {tree}
          </Panel>
        )}
      </>
    );
  return (
    <>
      {tabs}
      <Columns
        wide={entry.data?.type === "file"}
        aside={
          <>
            <InstallPanel wanted={wanted} />
            <RevisionFacts {...where} modified={modified} pushes={pushes} />
            {blocks.meta && (meta !== null || path === "") && (
              <Panel title={path ? t.metadata2 : t.packageMetadata} padded>
                {tree}
              </Panel>
            )}
          </>
        }
      >
        {missing ? (
          <MissingEntry {...where} />
        ) : (
          <Loaded query={entry} framed>
            {data =>
              data.type === "directory" ? (
                <PackageFolder key={`${revision.top_hash}/${path}`} {...where} directory={data} />
              ) : (
                <PackageFilePanel {...where} file={data} />
              )
            }
          </Loaded>
        )}
      </Columns>
    </>
  );
}

/** The revision says of its top folder what the registry would. */
function topFolderOf({ total_entries, total_bytes }: Revision): LoadedQuery<Entry> {
  const data: Entry = { type: "directory", path: "", total_entries, total_bytes, meta: null };
  return { data, isPending: false, isError: false, error: null, refetch: () => null };
}

/** What the author gave: for files and folders that is under `user_meta`. */
function metaOf(entry: Entry | undefined, revision: Revision, path: string): Json | null {
  return userMeta(path ? entry?.meta : { user_meta: revision.user_meta });
}
