import { useQuery } from "@tanstack/react-query";
import { ChevronDown, GitCommitHorizontal, History, ShieldAlert } from "lucide-react";
import { useState } from "react";
import { Link, useLocation, useNavigate, useParams } from "react-router";
import type { Entry, Revision } from "@/api/models";
import { queries } from "@/api/queries";
import { useInstance } from "@/api/useInstance";
import { useServices } from "@/s3/context";
import { ago, count } from "@/lib/format";
import { browseCode, installCommand, type Wanted } from "@/lib/install";
import { crumbs, entryPath, fromTail, packagePath, packagesPath } from "@/lib/paths";
import { ButtonLink } from "@/ui/Button";
import { formatUri } from "@/lib/uris";
import { CodeBlock, CopyButton } from "@/ui/Copy";
import { JsonTree } from "@/ui/JsonTree";
import type { Json } from "@/lib/json";
import { Chip, Columns, Crumbs, Facts, Head, Page, Panel } from "@/ui/Layout";
import { Ago, Hash, Size } from "@/ui/Measures";
import { Menu, MenuItem, MenuLabel, MenuLine } from "@/ui/Menu";
import { Empty, Failure, Loading, Notice } from "@/ui/States";
import { Switch } from "@/ui/Switch";
import { PackageActions } from "./PackageActions";
import type { PackageLocation } from "./place";
import { PackageFolder } from "./PackageFolder";
import { PackageFilePanel } from "./PackageFilePanel";
import styles from "./PackagePage.module.css";

const LATEST = "latest";

/** A revision of a package at a path: a folder of it, or a file. */
export function PackagePage() {
  const { bucket = "", author = "", name: last = "", reference = LATEST } = useParams();
  const name = `${author}/${last}`;
  // /b/BUCKET/packages/AUTHOR/NAME/tree/REFERENCE/PATH
  const path = fromTail(useLocation().pathname, 7).replace(/\/$/, "");
  const services = useServices();
  const revision = useQuery(queries.revision(services, bucket, name, reference));
  const about = useQuery(queries.package(services, bucket, name));
  const latest = about.data?.latest.top_hash;
  const steps = [
    { label: "Packages", to: packagesPath(bucket) },
    {
      label: name,
      to: reference === LATEST ? packagePath(bucket, name) : entryPath(bucket, name, reference),
    },
    ...crumbs(path).map(crumb => ({
      label: crumb.label,
      to: entryPath(bucket, name, reference, crumb.path.replace(/\/$/, "")),
    })),
  ];
  return (
    <Page title={path ? `${path} in ${name}` : name}>
      <Crumbs steps={steps} />
      <Head title={name} about={revision.data?.message}>
        {revision.data && latest && latest !== revision.data.top_hash && (
          <Chip kind="warn">not the latest</Chip>
        )}
        <RevisionPicker
          bucket={bucket}
          name={name}
          path={path}
          reference={reference}
          revision={revision.data}
        />
        {revision.data && (
          <PackageActions
            bucket={bucket}
            name={name}
            path={path}
            revision={revision.data}
            pushes={about.data?.revisions}
          />
        )}
      </Head>
      {revision.isPending ? (
        <Panel>
          <Loading label="Loading the package" />
        </Panel>
      ) : revision.isError ? (
        <Panel>
          <Failure error={revision.error} retry={revision.refetch} />
        </Panel>
      ) : revision.data.state !== "ready" ? (
        <Unreadable bucket={bucket} name={name} revision={revision.data} />
      ) : (
        <Content
          bucket={bucket}
          name={name}
          path={path}
          reference={reference}
          revision={revision.data}
          modified={latest === revision.data.top_hash ? about.data?.modified : undefined}
          pushes={about.data?.revisions}
        />
      )}
    </Page>
  );
}

const ADVICE: Record<Exclude<Revision["state"], "ready">, string> = {
  missing: "A pointer names a manifest that is not in S3. Undelete it there, or push again.",
  corrupt: "The manifest cannot be read. Restore an earlier version of it, or push again.",
  mismatch:
    "The manifest is not what it is named after: somebody changed it. Restore what was pushed, or push again.",
};

/** Never shown as good: what is wrong, and the way to revisions that are. */
function Unreadable({ bucket, name, revision }: { bucket: string; name: string; revision: Revision }) {
  if (revision.state === "ready") return null;
  return (
    <Panel>
      <Empty
        title={`This revision is ${revision.state === "mismatch" ? "not what it says" : revision.state}`}
        icon={<ShieldAlert size={22} />}
        action={<ButtonLink to={`${packagePath(bucket, name)}/revisions`}>Other revisions</ButtonLink>}
      >
        <Notice kind="danger">{revision.problem ?? revision.state}</Notice>
        <p>{ADVICE[revision.state]}</p>
      </Empty>
    </Panel>
  );
}

function Content({
  modified,
  pushes,
  ...where
}: PackageLocation & { modified: string | undefined; pushes: number | undefined }) {
  const { bucket, name, path, reference, revision } = where;
  const entry = useQuery(queries.entry(useServices(), bucket, name, revision.top_hash, path));
  const wanted = {
    bucket,
    name,
    topHash: reference === LATEST ? null : revision.top_hash,
    ...(path ? { path } : {}),
  };
  const meta = metaOf(entry.data, revision, path);
  return (
    <Columns
      aside={
        <>
          <GetIt wanted={wanted} />
          <Panel title="Revision" padded>
            <Facts
              facts={[
                [
                  "Top hash",
                  <span key="hash" className={styles.hash}>
                    <Hash of={revision.top_hash} /> <CopyButton text={revision.top_hash} />
                  </span>,
                ],
                modified !== undefined && ["Pushed", <Ago key="at" at={modified} />],
                [
                  "Files",
                  <span key="files" className="num">
                    {count(revision.total_entries)}
                  </span>,
                ],
                ["Size", <Size key="size" of={revision.total_bytes} />],
                pushes !== undefined && [
                  "Pushes",
                  <span key="pushes" className="num">
                    {count(pushes)}
                  </span>,
                ],
                [
                  "Quilt+ URI",
                  <CopyButton
                    key="uri"
                    label="Copy"
                    small
                    text={formatUri({ bucket, name, topHash: revision.top_hash, ...(path ? { path } : {}) })}
                  />,
                ],
                revision.workflow !== null && ["Workflow", workflowName(revision.workflow)],
              ]}
            />
          </Panel>
          <Panel title={path ? "Metadata here" : "Package metadata"} padded>
            {meta ? (
              <JsonTree value={meta} label="Metadata" open={2} />
            ) : (
              <p className="muted">{path ? "None was given." : "None was given at the push."}</p>
            )}
          </Panel>
        </>
      }
    >
      {entry.isPending ? (
        <Panel>
          <Loading label="Loading" />
        </Panel>
      ) : entry.isError ? (
        <Panel>
          <Failure error={entry.error} retry={entry.refetch} />
        </Panel>
      ) : entry.data.type === "directory" ? (
        <PackageFolder {...where} directory={entry.data} />
      ) : (
        <PackageFilePanel {...where} file={entry.data} />
      )}
    </Columns>
  );
}

function GetIt({ wanted }: { wanted: Wanted }) {
  const { s3Endpoint } = useInstance();
  const [language, setLanguage] = useState<"shell" | "python">("shell");
  return (
    <Panel
      title="Get it"
      padded
      tools={
        <Switch
          label="Language"
          options={[
            ["shell", "Shell"],
            ["python", "Python"],
          ]}
          value={language}
          onChange={setLanguage}
        />
      }
    >
      <div className={styles.get}>
        {language === "shell" ? (
          <CodeBlock label="Install to this folder" code={installCommand(wanted, s3Endpoint)} />
        ) : (
          <CodeBlock label="Fetch to this folder" code={browseCode(wanted, s3Endpoint)} />
        )}
        <p className="muted">
          First time on this machine? <Link to="/install">Set it up</Link>
        </p>
      </div>
    </Panel>
  );
}

function workflowName(workflow: Record<string, unknown>): string {
  return typeof workflow.id === "string" ? workflow.id : "none chosen";
}

/** What the author said about it: of files and folders that is under `user_meta`. */
function metaOf(entry: Entry | undefined, revision: Revision, path: string): Json | null {
  const meta = path ? (entry?.meta ?? null) : revision.user_meta;
  const given = path && meta && "user_meta" in meta ? meta.user_meta : meta;
  const some = given !== null && typeof given === "object" && Object.keys(given).length > 0;
  return some ? (given as Json) : null;
}

function RevisionPicker({
  bucket,
  name,
  path,
  reference,
  revision,
}: Omit<PackageLocation, "revision"> & { revision: Revision | undefined }) {
  const navigate = useNavigate();
  const hash = revision?.top_hash.slice(0, 8) ?? reference.slice(0, 8);
  return (
    <Menu
      label={`${reference === LATEST ? "Latest" : "Revision"} ${hash}: choose another revision`}
      className={styles.picker}
      trigger={
        <>
          <GitCommitHorizontal size={15} />
          {reference === LATEST ? "Latest" : "Revision"} <code>{hash}</code>
          <ChevronDown size={14} />
        </>
      }
    >
      <MenuItem onClick={() => void navigate(entryPath(bucket, name, LATEST, path))}>Latest</MenuItem>
      <MenuLine />
      <Pushes bucket={bucket} name={name} path={path} />
      <MenuLine />
      <MenuItem
        icon={<History size={15} />}
        onClick={() => void navigate(`${packagePath(bucket, name)}/revisions`)}
      >
        All revisions
      </MenuItem>
    </Menu>
  );
}

const OFFERED = 10;

function Pushes({ bucket, name, path }: { bucket: string; name: string; path: string }) {
  const services = useServices();
  const navigate = useNavigate();
  const pushes = useQuery(queries.recentRevisions(services, bucket, name, OFFERED));
  if (pushes.isPending) return <MenuLabel>Loading…</MenuLabel>;
  if (pushes.isError) return <MenuLabel>The revisions could not be loaded.</MenuLabel>;
  return pushes.data.items.map(push => (
    <MenuItem key={push.tag} onClick={() => void navigate(entryPath(bucket, name, push.top_hash, path))}>
      <code>{push.top_hash.slice(0, 8)}</code>
      <span className={styles.message}>{push.message ?? "No message"}</span>
      <span className={styles.when}>{ago(new Date(push.pushed_at))}</span>
    </MenuItem>
  ));
}
