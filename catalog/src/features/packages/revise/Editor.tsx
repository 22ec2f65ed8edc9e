/** A revision with the changes that are collected for the next one. */
import { useQuery } from "@tanstack/react-query";
import { FilePlus, FolderInput, FolderPlus } from "lucide-react";
import { useEffect, useState } from "react";
import { useSearchParams } from "react-router";
import type { PackageFile } from "@/api/models";
import { queries } from "@/api/queries";
import { ChooseFiles, Uploads } from "@/features/files/Uploads";
import { useUploads } from "@/features/files/useUploads";
import { JobPanel } from "@/features/jobs/JobPanel";
import { t } from "@/language/en/features/packages/revise";
import { errorMessage, RequestError } from "@/lib/errors";
import { count } from "@/lib/format";
import { comparePath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { droppedFiles, takeOver } from "@/s3/dropped";
import { physicalKey } from "@/s3/locations";
import { Button } from "@/ui/Button";
import { DropAnywhere } from "@/ui/DropAnywhere";
import { FolderTrail } from "@/ui/FolderTrail";
import { FormActions } from "@/ui/Form";
import { Columns, Head, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { ErrorNotice, Notice } from "@/ui/States";
import type { EntriesToFill } from "../metadata/useFilling";
import { useSchema } from "../metadata/useSchema";
import { ObjectPicker } from "../push/ObjectPicker";
import { PushFields } from "../push/PushFields";
import { PushForm } from "../push/PushForm";
import { usePushCheck } from "../push/usePushCheck";
import { NewNameDialog } from "./EditDialogs";
import { EditList } from "./EditList";
import { ReviseFolder } from "./ReviseFolder";
import { RedoButtons, StaleNotice } from "./StaleNotice";
import { TextEdit } from "./TextEdit";
import { unknownPaths } from "./unknownPaths";
import { type DraftOwner, isStaleJob, useRevision } from "./useRevision";

/** `kept`: whether the draft is from an earlier visit. */
export function Editor({ kept, ...owner }: DraftOwner & { kept: boolean }) {
  const { bucket, name, revision, latest, draft } = owner;
  const [params, setParams] = useSearchParams();
  const next = useRevision(owner);
  // A job that failed is left for its changes, but what was wrong with them still stands.
  const [left, setLeft] = useState<string | null>(null);
  const [path, setPath] = useState(params.get("path") ?? "");
  const uploads = useUploads(bucket, `${name}/${path ? `${path}/` : ""}`, ({ key, size }) =>
    next.change({
      type: "add",
      entries: { [key.slice(name.length + 1)]: { physicalKey: physicalKey(bucket, key), size } },
    }),
  );
  const { add } = uploads;
  useEffect(() => {
    const files = takeOver();
    if (files.length > 0) add(files);
    // Once, when the page has come.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  const isEditing = next.job === null || next.job === left;
  const compare = comparePath(
    { bucket, name, reference: latest.top_hash },
    { bucket, name, reference: draft.base.latest },
  );
  return (
    <>
      <Head
        title={t.reviseName(name)}
        about={
          <>
            {t.revisionNothingChanges(
              <code>{draft.base.topHash.slice(0, 8)}</code>,
              revision.message && ` · ${revision.message}`,
            )}
          </>
        }
      />
      {kept && next.steps.length > 0 && !next.job && !next.push.isError && (
        <Notice>{t.changesEarlierVisit}</Notice>
      )}
      {!isEditing && next.job ? (
        <JobPanel
          id={next.job}
          help={of =>
            isStaleJob(of) ? (
              <RedoButtons compare={compare} redo={next.redo} />
            ) : of.state === "done" ? (
              <Button
                small
                onClick={() => {
                  setParams({}, { replace: true });
                  next.again();
                }}
              >
                {t.reviseFurther}
              </Button>
            ) : of.state === "failed" || of.state === "cancelled" ? (
              <Button small onClick={() => setLeft(of.id)}>
                {t.backChanges}
              </Button>
            ) : null
          }
        />
      ) : (
        (next.isRefusedAsStale || next.isBehind) && (
          <StaleNotice
            reason={next.isRefusedAsStale ? errorMessage(next.push.error) : t.newerRevisionThan}
            compare={compare}
            redo={next.redo}
          />
        )
      )}
      {!next.isRefusedAsStale && <ErrorNotice error={next.push.error} />}
      {next.job !== null && isEditing && next.ran?.problem && !next.push.isError && (
        <Notice kind="danger">{next.ran.problem.detail}</Notice>
      )}
      {isEditing && <Workbench owner={owner} next={next} uploads={uploads} path={path} open={setPath} />}
    </>
  );
}

/** The revision's folders on one side, the changes and the push on the other. */
function Workbench({
  owner: { bucket, name, draft, setDraft },
  next,
  uploads,
  path,
  open,
}: {
  owner: DraftOwner;
  next: ReturnType<typeof useRevision>;
  uploads: ReturnType<typeof useUploads>;
  path: string;
  open: (path: string) => void;
}) {
  const { steps, faults, changes, change, push } = next;
  const { client } = useServices();
  const [params] = useSearchParams();
  const [picking, setPicking] = useState(false);
  const [naming, setNaming] = useState<"file" | "folder" | null>(null);
  const [editing, setEditing] = useState<{ path: string; file: PackageFile | null | undefined } | null>(
    () => {
      const wanted = params.get("edit");
      return wanted ? { path: wanted, file: undefined } : null;
    },
  );
  const below = (to: string) => (path ? `${path}/${to}` : to);
  const words = { message: draft.message, metadata: next.metadata, workflow: draft.workflow };
  const check = usePushCheck({ bucket, name, words });
  const schema = useSchema(check.config, draft.workflow, "entries_schema");
  const entries: EntriesToFill = {
    form: schema.form,
    fill: async metas => {
      const pushed = [...metas.keys()].filter(key => !Object.hasOwn(draft.edits.added, key));
      const unknown = await unknownPaths(client, { bucket, name, topHash: draft.base.topHash }, pushed);
      change({ type: "note", metas: new Map([...metas].filter(([key]) => !unknown.includes(key))) });
      return unknown;
    },
  };
  const cannotPush =
    changes === 0 || next.tooMany !== null || !next.metadataIsGood || uploads.busy || check.isRefused;
  return (
    <Columns
      aside={
        <>
          <Panel
            title={changes === 0 ? t.noChangesYet : t.changesChanges(changes)}
            tools={
              changes > 0 && (
                <Button small kind="quiet" onClick={() => setDraft(null)}>
                  {t.discardAll}
                </Button>
              )
            }
          >
            <EditList steps={steps} faults={faults} change={change} />
          </Panel>
          <Panel title={t.push} padded>
            <PushForm
              submit={uploads.busy ? t.uploadingFirst : editing ? t.keepCancelText : t.pushNewRevision}
              busy={push.isPending}
              disabled={cannotPush || editing !== null}
              onSubmit={() => push.mutate()}
            >
              <PushFields words={words} onChange={next.set} check={check} entries={entries} />
              {next.tooMany !== null && <Notice kind="warn">{t.pushTakesMost(count(next.tooMany))}</Notice>}
            </PushForm>
          </Panel>
        </>
      }
    >
      <FormActions>
        <Button icon={<FolderInput size={15} />} onClick={() => setPicking(true)}>
          {t.addBucket}
        </Button>
        <ChooseFiles add={uploads.add} />
        <Button icon={<FilePlus size={15} />} onClick={() => setNaming("file")}>
          {t.newFile}
        </Button>
        <Button icon={<FolderPlus size={15} />} onClick={() => setNaming("folder")}>
          {t.newFolder}
        </Button>
      </FormActions>
      <Uploads uploads={uploads} />
      <DropAnywhere onDrop={data => void droppedFiles(data).then(uploads.add)}>
        {t.dropAdd([name, path].filter(Boolean).join("/"))}
      </DropAnywhere>
      {editing ? (
        <EditedText
          key={editing.path}
          {...{ bucket, name, topHash: draft.base.topHash, ...editing }}
          added={draft.edits.added[editing.path] ?? null}
          onKeep={(kept, isAll) => {
            change({ type: "add", entries: { [editing.path]: kept } });
            if (isAll) setEditing(null);
          }}
          onClose={() => setEditing(null)}
        />
      ) : (
        <>
          <FolderTrail root={name} path={path} open={to => open(to.replace(/\/$/, ""))} />
          <ReviseFolder
            key={`${draft.base.topHash} ${path}`}
            bucket={bucket}
            name={name}
            topHash={draft.base.topHash}
            path={path}
            edits={draft.edits}
            workflow={draft.workflow}
            change={change}
            open={open}
            edit={(of, file) => setEditing({ path: of, file })}
          />
        </>
      )}
      {naming && (
        <NewNameDialog
          title={naming === "file" ? t.newFile2 : t.newFolder2}
          label={t.name}
          about={naming === "folder" ? t.packageKeepsFolders : undefined}
          submit={naming === "file" ? t.write : t.open}
          taken={to => naming === "file" && Object.hasOwn(draft.edits.added, below(to))}
          onName={to => {
            if (naming === "file") setEditing({ path: below(to), file: undefined });
            else open(below(to));
            setNaming(null);
          }}
          onClose={() => setNaming(null)}
        />
      )}
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
  );
}

/** `file` undefined: whether the revision has it must be asked. */
function EditedText({
  topHash,
  file,
  ...props
}: Omit<Parameters<typeof TextEdit>[0], "file"> & { topHash: string; file: PackageFile | null | undefined }) {
  const entry = useQuery({
    ...queries.entry(useServices(), props.bucket, props.name, topHash, props.path),
    enabled: file === undefined,
    retry: false,
  });
  if (file !== undefined) return <TextEdit {...props} file={file} />;
  if (entry.error instanceof RequestError && entry.error.trouble === "missing")
    return <TextEdit {...props} file={null} />;
  return (
    <Loaded query={entry} label={t.readingFile} lines={8} framed>
      {found => <TextEdit {...props} file={found.type === "file" ? found : null} />}
    </Loaded>
  );
}
