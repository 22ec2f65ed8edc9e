import { rememberJob } from "@/api/refresh";
import { keys } from "@/api/keys";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { FolderInput, GitCompareArrows, RefreshCw } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useParams, useSearchParams } from "react-router";
import { RequestError } from "@/lib/errors";
import { useJob } from "@/api/jobs";
import type { Job, Patch, Revision } from "@/api/models";
import { queries, revisionUrl, useBucket } from "@/api/queries";
import { useServices } from "@/s3/context";
import { count, counted } from "@/lib/format";
import { parseMeta, writeMeta } from "@/lib/metadata";
import { comparePath, crumbs, packagePath, packagesPath } from "@/lib/paths";
import { newDraft, useDraft, type Draft } from "./drafts";
import { EditList } from "./EditList";
import { edited, faultyStep, stepsOf, type Edit, type Step } from "./edits";
import { JobPanel } from "@/features/jobs/JobPanel";
import { ObjectPicker } from "@/features/packages/push/ObjectPicker";
import { faultsOf, slugOf } from "@/features/jobs/problems";
import { PushFields } from "@/features/packages/push/PushFields";
import { ReviseFolder } from "./ReviseFolder";
import { physicalKey } from "@/s3/locations";
import { Button, ButtonLink } from "@/ui/Button";
import { Columns, Crumbs, Head, Page, Panel } from "@/ui/Layout";
import { Failure, Loading, Notice, said } from "@/ui/States";
import styles from "./Revise.module.css";
import { ChooseFiles, Uploads, useUploads } from "@/features/files/Uploads";

/** A new revision, made of another one by changes that are collected here. */
export function RevisePage() {
  const { bucket = "", author = "", name: last = "" } = useParams();
  const name = `${author}/${last}`;
  return (
    <Page title={`Revise ${name}`}>
      <Crumbs
        steps={[
          { label: "Packages", to: packagesPath(bucket) },
          { label: name, to: packagePath(bucket, name) },
          { label: "Revise" },
        ]}
      />
      <Start key={`${bucket} ${name}`} bucket={bucket} name={name} />
    </Page>
  );
}

function Start({ bucket, name }: { bucket: string; name: string }) {
  const services = useServices();
  const [params] = useSearchParams();
  const [draft, setDraft] = useDraft(bucket, name);
  const [kept] = useState(draft !== null);
  const about = useBucket(bucket);
  const latest = useQuery(queries.package(services, bucket, name));
  const reference = draft?.base.topHash ?? params.get("revision") ?? "latest";
  const revision = useQuery(queries.revision(services, bucket, name, reference));
  const error = about.error ?? latest.error ?? revision.error;
  if (error)
    return <Refused error={error} retry={() => Promise.all([latest.refetch(), revision.refetch()])} />;
  if (!about.data || !latest.data || !revision.data)
    return (
      <Panel>
        <Loading label="Loading the package" />
      </Panel>
    );
  if (about.data.level !== "READ_WRITE") {
    const message = `Your role may only read ${bucket}.`;
    return <Refused error={new RequestError({ status: 403, trouble: "forbidden", message })} />;
  }
  const base = {
    topHash: revision.data.top_hash,
    entries: revision.data.total_entries,
    latest: latest.data.latest.top_hash,
  };
  return (
    <Editor
      bucket={bucket}
      name={name}
      revision={revision.data}
      latest={latest.data.latest}
      draft={draft ?? newDraft(base)}
      setDraft={setDraft}
      kept={kept}
    />
  );
}

function Refused({ error, retry }: { error: unknown; retry?: () => unknown }) {
  return (
    <Panel>
      <h1 className="hidden">Revise</h1>
      <Failure error={error} {...(retry ? { retry } : {})} />
    </Panel>
  );
}

interface EditorProps {
  bucket: string;
  name: string;
  revision: Revision;
  latest: Revision;
  draft: Draft;
  setDraft: (to: Draft | null | ((now: Draft | null) => Draft | null)) => void;
  kept: boolean;
}

/** As many as one request takes. */
const MOST = 10_000;

const isStale = (error: unknown) => error instanceof RequestError && error.code === "revision_stale";
const isStaleJob = (job: Job) => job.problem !== null && slugOf(job.problem) === "revision_stale";

function Editor({ bucket, name, revision, latest, draft, setDraft, kept }: EditorProps) {
  const { client } = useServices();
  const queryClient = useQueryClient();
  const [path, setPath] = useState("");
  const [picking, setPicking] = useState(false);
  const [, setParams] = useSearchParams();
  const [job, setJob] = useState<string | null>(null);
  // A job that failed is left, for its changes, but what was wrong with them still stands.
  const [left, setLeft] = useState(false);
  const ran = useJob(job).data;
  const steps = useMemo(() => stepsOf(draft.edits), [draft.edits]);
  const set = (to: Partial<Draft>) => setDraft(now => ({ ...(now ?? draft), ...to }));
  const change = (edit: Edit) =>
    setDraft(now => ({ ...(now ?? draft), edits: edited((now ?? draft).edits, edit) }));
  const isDone = ran?.state === "done";
  useEffect(() => {
    if (isDone) setDraft(null);
  }, [isDone, setDraft]);
  const metadata = draft.metadata ?? writeMeta(revision.user_meta);
  const parsed = parseMeta(metadata);
  const noted = draft.metadata !== null && writeMeta(parsed.meta) !== writeMeta(revision.user_meta);
  const push = useMutation({
    mutationFn: () =>
      client.call<Job>(`${revisionUrl(bucket, name, draft.base.topHash)}/patch`, {
        method: "POST",
        body: {
          operations: steps.map(step => step.operation),
          message: draft.message.trim() || null,
          ...(noted ? { metadata: parsed.meta } : {}),
          ...(draft.workflow === null ? {} : { workflow: draft.workflow }),
          expected: { latest: draft.base.latest, entries: draft.base.entries },
        } satisfies Patch,
      }),
    onSuccess: started => {
      setJob(started.id);
      setLeft(false);
      rememberJob(queryClient, started);
    },
    onError: () => void queryClient.invalidateQueries({ queryKey: keys.package(bucket, name) }),
  });
  const redo = () => {
    push.reset();
    setJob(null);
    setLeft(false);
    set({ base: { topHash: latest.top_hash, entries: latest.total_entries, latest: latest.top_hash } });
  };
  const uploads = useUploads(bucket, `${name}/${path ? `${path}/` : ""}`, ({ key, size }) =>
    change({
      type: "add",
      entries: { [key.slice(name.length + 1)]: { physicalKey: physicalKey(bucket, key), size } },
    }),
  );
  const nothing = steps.length === 0 && !noted;
  const tooMany = steps.length > MOST;
  const moved = latest.top_hash !== draft.base.latest;
  const refused = push.error instanceof RequestError ? push.error : ran?.problem;
  const faults = useMemo(() => faultySteps(steps, refused ?? null), [steps, refused]);
  const again = () => {
    setParams({}, { replace: true });
    push.reset();
    setJob(null);
  };
  const compare = comparePath(
    { bucket, name, reference: latest.top_hash },
    { bucket, name, reference: draft.base.latest },
  );
  return (
    <>
      <Head
        title={`Revise ${name}`}
        about={
          <>
            From revision <code>{draft.base.topHash.slice(0, 8)}</code>
            {revision.message && ` · ${revision.message}`}. Nothing changes until you push.
          </>
        }
      />
      {kept && steps.length > 0 && !job && !push.isError && (
        <Notice>Changes that you did not push were kept from before.</Notice>
      )}
      {job && !left ? (
        <JobPanel
          id={job}
          help={of =>
            isStaleJob(of) ? (
              <Redo compare={compare} redo={redo} />
            ) : of.state === "done" ? (
              <Button small onClick={again}>
                Revise further
              </Button>
            ) : of.state === "failed" || of.state === "cancelled" ? (
              <Button small onClick={() => setLeft(true)}>
                Back to the changes
              </Button>
            ) : null
          }
        />
      ) : (
        (isStale(push.error) || moved) && (
          <Notice kind="warn">
            <div className={styles.stale}>
              <p>
                <strong>Somebody pushed meanwhile.</strong>{" "}
                {isStale(push.error) ? said(push.error) : "There is a newer revision than the one you saw."}{" "}
                Your changes are kept: look at what is new, then make them on the latest revision.
              </p>
              <div>
                <Redo compare={compare} redo={redo} />
              </div>
            </div>
          </Notice>
        )
      )}
      {push.isError && !isStale(push.error) && <Notice kind="danger">{said(push.error)}</Notice>}
      {left && ran?.problem && !push.isError && <Notice kind="danger">{ran.problem.detail}</Notice>}
      {(!job || left) && (
        <Columns
          aside={
            <>
              <Panel
                title={nothing ? "No changes yet" : counted(steps.length + (noted ? 1 : 0), "change")}
                tools={
                  !nothing && (
                    <Button small kind="quiet" onClick={() => setDraft(null)}>
                      Discard all
                    </Button>
                  )
                }
              >
                <EditList steps={steps} faults={faults} change={change} />
              </Panel>
              <Panel title="Push" padded>
                <form
                  noValidate
                  onSubmit={event => {
                    event.preventDefault();
                    if (!nothing && !tooMany && parsed.error === null) push.mutate();
                  }}
                >
                  <PushFields
                    bucket={bucket}
                    name={name}
                    words={{ message: draft.message, metadata, workflow: draft.workflow }}
                    onChange={set}
                  />
                  {tooMany && (
                    <Notice kind="warn">
                      At most {count(MOST)} changes go into one push: undo some, and push those afterwards.
                    </Notice>
                  )}
                  <div className={styles.actions}>
                    <Button
                      type="submit"
                      kind="primary"
                      busy={push.isPending}
                      disabled={push.isPending || nothing || tooMany || parsed.error !== null || uploads.busy}
                    >
                      {uploads.busy ? "Uploading first…" : "Push the new revision"}
                    </Button>
                  </div>
                </form>
              </Panel>
            </>
          }
        >
          <div className={styles.tools}>
            <Button icon={<FolderInput size={15} />} onClick={() => setPicking(true)}>
              Add from a bucket…
            </Button>
            <ChooseFiles add={uploads.add} />
          </div>
          <Uploads uploads={uploads} />
          <nav aria-label="Folder" className={styles.path}>
            <button type="button" onClick={() => setPath("")}>
              {name}
            </button>
            {crumbs(path).map(crumb => (
              <span key={crumb.path}>
                /
                <button type="button" onClick={() => setPath(crumb.path.replace(/\/$/, ""))}>
                  {crumb.label || "∅"}
                </button>
              </span>
            ))}
          </nav>
          <ReviseFolder
            key={`${draft.base.topHash} ${path}`}
            bucket={bucket}
            name={name}
            topHash={draft.base.topHash}
            path={path}
            edits={draft.edits}
            change={change}
            open={setPath}
          />
          {picking && (
            <ObjectPicker
              bucket={bucket}
              under={path}
              onPick={entries => {
                change({ type: "add", entries });
                setPicking(false);
              }}
              onClose={() => setPicking(false)}
            />
          )}
        </Columns>
      )}
    </>
  );
}

function Redo({ compare, redo }: { compare: string; redo: () => void }) {
  return (
    <>
      <ButtonLink small to={compare} icon={<GitCompareArrows size={14} />}>
        Compare
      </ButtonLink>
      <Button small kind="primary" onClick={redo} icon={<RefreshCw size={14} />}>
        Redo on the latest
      </Button>
    </>
  );
}

/** What was said against some of the changes. */
function faultySteps(
  steps: readonly Step[],
  refused: { errors?: readonly Record<string, unknown>[] } | null,
): ReadonlyMap<Step, string> {
  const found = new Map<Step, string>();
  for (const fault of refused ? faultsOf(refused) : []) {
    const step = faultyStep(steps, fault.path);
    if (step) found.set(step, fault.message);
  }
  return found;
}
