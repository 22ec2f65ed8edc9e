import { rememberJob } from "@/api/refresh";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FolderInput, PackagePlus, X } from "lucide-react";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { RequestError } from "@/lib/errors";
import type { Construction, Job } from "@/api/models";
import { packageUrl, useBucket } from "@/api/queries";
import { useServices } from "@/s3/context";
import { bytes, count, counted } from "@/lib/format";
import { parseMeta } from "@/lib/metadata";
import { nameOf, packagesPath } from "@/lib/paths";
import type { Added } from "@/features/packages/revise/edits";
import { ChangeIt, JobPanel } from "@/features/jobs/JobPanel";
import { ObjectPicker } from "@/features/packages/push/ObjectPicker";
import { isPackageName, NO_WORDS, PushFields } from "@/features/packages/push/PushFields";
import { physicalKey } from "@/s3/locations";
import { Button, ButtonLink, IconButton } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { FileIcon } from "@/ui/FileIcon";
import { Columns, Crumbs, Head, Page, Panel } from "@/ui/Layout";
import { Empty, Failure, Loading, Notice, said } from "@/ui/States";
import { NameCell, Table, type Column } from "@/ui/Table";
import { useBucketName } from "@/lib/params";
import styles from "@/features/packages/promote/PromotePage.module.css";
import { ChooseFiles, Uploads, useUploads } from "@/features/files/Uploads";

/** As many as one request takes. */
const MOST = 25_000;
/** Of so many entries, the workflow check hears. */
const CHECKED = 10_000;

/** A package made of objects that are in buckets, or are uploaded for it. */
export function CreatePackagePage() {
  const bucket = useBucketName();
  const about = useBucket(bucket);
  const refusal = {
    status: 403,
    trouble: "forbidden",
    message: `Your role may only read ${bucket}.`,
  } as const;
  return (
    <Page title="New package">
      <Crumbs steps={[{ label: "Packages", to: packagesPath(bucket) }, { label: "New package" }]} />
      {about.isPending ? (
        <Loading />
      ) : about.data?.level === "READ_WRITE" ? (
        <Form key={bucket} bucket={bucket} />
      ) : (
        <Panel>
          <h1 className="hidden">New package</h1>
          <Failure error={about.error ?? new RequestError(refusal)} />
        </Panel>
      )}
    </Page>
  );
}

function Form({ bucket }: { bucket: string }) {
  const { client, s3 } = useServices();
  const queryClient = useQueryClient();
  const [params] = useSearchParams();
  const prefix = params.get("prefix");
  const [name, setName] = useState("");
  const [words, setWords] = useState(NO_WORDS);
  const [entries, setEntries] = useState<Record<string, Added>>({});
  const [picking, setPicking] = useState(false);
  const [tried, setTried] = useState(false);
  const [job, setJob] = useState<string | null>(null);
  const add = (more: Record<string, Added>) => setEntries(now => ({ ...now, ...more }));
  const folder = useMutation({
    mutationFn: (from: string) => s3.all(bucket, from, MOST),
    onSuccess: (objects, from) =>
      add(
        Object.fromEntries(
          objects.map(({ key, size }) => [
            key.slice(from.length),
            { physicalKey: physicalKey(bucket, key), size },
          ]),
        ),
      ),
  });
  const logicalKeys = Object.keys(entries);
  const parsed = parseMeta(words.metadata);
  const wrong = isPackageName(name) ? null : "AUTHOR/NAME: letters, digits, - and _.";
  const uploads = useUploads(bucket, `${name}/`, ({ key, path, size }) =>
    add({ [path]: { physicalKey: physicalKey(bucket, key), size } }),
  );
  const push = useMutation({
    mutationFn: () =>
      client.call<Job>(`${packageUrl(bucket, name)}/revisions`, {
        method: "POST",
        body: {
          message: words.message.trim() || null,
          metadata: parsed.meta,
          ...(words.workflow === null ? {} : { workflow: words.workflow }),
          entries: logicalKeys.map(key => ({
            logical_key: key,
            physical_key: entries[key]?.physicalKey ?? "",
            size: entries[key]?.size ?? null,
          })),
          // A package that is there already is revised, not replaced.
          expected: { latest: null },
        } satisfies Construction,
      }),
    onSuccess: started => {
      rememberJob(queryClient, started);
      setJob(started.id);
    },
  });
  const exists = push.error instanceof RequestError && push.error.code === "revision_stale";
  const total = Object.values(entries).reduce((sum, each) => sum + (each.size ?? 0), 0);
  const columns: Column<string>[] = [
    {
      id: "key",
      label: "Key in the package",
      cell: key => (
        <NameCell icon={<FileIcon name={key} />} sub={bytes(entries[key]?.size ?? 0)}>
          <span title={entries[key]?.physicalKey}>{key}</span>
        </NameCell>
      ),
    },
    {
      id: "size",
      label: "Size",
      wide: true,
      align: "right",
      width: 100,
      cell: key => <span className="num">{bytes(entries[key]?.size ?? 0)}</span>,
    },
    {
      id: "remove",
      label: "Take out",
      quiet: true,
      align: "right",
      width: 64,
      cell: key => (
        <IconButton
          label={`Take out ${key}`}
          onClick={() =>
            setEntries(now => Object.fromEntries(Object.entries(now).filter(([each]) => each !== key)))
          }
        >
          <X size={15} />
        </IconButton>
      ),
    },
  ];
  const head = (
    <Head title="New package" about={`In s3://${bucket}, made of files that are in S3 or uploaded now.`} />
  );
  if (job)
    return (
      <>
        {head}
        <JobPanel id={job} help={of => <ChangeIt job={of} change={() => setJob(null)} />} />
      </>
    );
  return (
    <>
      {head}
      <Columns
        aside={
          <Panel title="Push" padded>
            <form
              noValidate
              className={styles.form}
              onSubmit={event => {
                event.preventDefault();
                setTried(true);
                if (!wrong && parsed.error === null && !uploads.busy) push.mutate();
              }}
            >
              <Field
                label="Name"
                name="name"
                value={name}
                onChange={event => setName(event.target.value.trim())}
                error={tried ? wrong : null}
                placeholder="AUTHOR/NAME"
                autoCapitalize="none"
                autoComplete="off"
                spellCheck={false}
              />
              <PushFields
                bucket={bucket}
                name={name}
                words={words}
                onChange={change => setWords({ ...words, ...change })}
                {...(logicalKeys.length <= CHECKED
                  ? {
                      entries: logicalKeys.map(key => ({
                        logical_key: key,
                        size: entries[key]?.size ?? null,
                      })),
                    }
                  : {})}
              />
              {exists ? (
                <Notice kind="warn">
                  There is a package {name} already. Choose another name, or revise that one.
                </Notice>
              ) : (
                push.isError && <Notice kind="danger">{said(push.error)}</Notice>
              )}
              <div className={styles.actions}>
                <Button
                  type="submit"
                  kind="primary"
                  busy={push.isPending}
                  disabled={push.isPending || uploads.busy}
                >
                  {uploads.busy ? "Uploading first…" : "Create the package"}
                </Button>
                <ButtonLink kind="quiet" to={packagesPath(bucket)}>
                  Cancel
                </ButtonLink>
              </div>
            </form>
          </Panel>
        }
      >
        <div className={styles.actions}>
          {prefix !== null && (
            <Button
              icon={<FolderInput size={15} />}
              busy={folder.isPending}
              onClick={() => folder.mutate(prefix)}
            >
              Add all of {prefix ? `${nameOf(prefix)}/` : "the bucket"}
            </Button>
          )}
          <Button icon={<FolderInput size={15} />} onClick={() => setPicking(true)}>
            Add from a bucket…
          </Button>
          {isPackageName(name) && <ChooseFiles add={uploads.add} />}
        </div>
        {!isPackageName(name) && (
          <p className={styles.about}>
            To upload files for it, give the package its name first: they go to its folder.
          </p>
        )}
        {folder.isError && <Notice kind="danger">{said(folder.error)}</Notice>}
        <Uploads uploads={uploads} />
        <Panel
          title={logicalKeys.length > 0 ? `${counted(logicalKeys.length, "file")}, ${bytes(total)}` : "Files"}
        >
          {logicalKeys.length === 0 ? (
            <Empty title="Nothing in it yet" icon={<PackagePlus size={22} />}>
              Add files and folders from a bucket, or upload them. At most {count(MOST)}.
            </Empty>
          ) : (
            <Table label="Files of the new package" columns={columns} rows={logicalKeys} id={key => key} />
          )}
        </Panel>
      </Columns>
      {picking && (
        <ObjectPicker
          bucket={bucket}
          prefix={prefix ?? ""}
          under=""
          most={MOST}
          onPick={more => {
            add(more);
            setPicking(false);
          }}
          onClose={() => setPicking(false)}
        />
      )}
    </>
  );
}
