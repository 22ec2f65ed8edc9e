import { useMutation } from "@tanstack/react-query";
import { FolderInput } from "lucide-react";
import { useState } from "react";
import { useSearchParams } from "react-router";
import type { Construction, Job } from "@/api/models";
import { packageUrl, useBucket } from "@/api/queries";
import { ChooseFiles, Uploads } from "@/features/files/Uploads";
import { useUploads } from "@/features/files/useUploads";
import { RequestError } from "@/lib/errors";
import { parseMeta } from "@/lib/metadata";
import { useBucketName } from "@/lib/params";
import { nameOf, packagesPath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { physicalKey } from "@/s3/locations";
import { Button } from "@/ui/Button";
import { FormActions } from "@/ui/Form";
import { Columns, Crumbs, Head, Page, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { ErrorNotice, Failure, Notice } from "@/ui/States";
import { JobOrForm } from "../push/JobOrForm";
import { ObjectPicker } from "../push/ObjectPicker";
import { NO_WORDS, PushFields } from "../push/PushFields";
import { isPackageName, nameProblem, PackageNameField, PushForm } from "../push/PushForm";
import { useStartJob } from "../push/useStartJob";
import type { Added } from "../revise/edits";
import { ChosenFiles } from "./ChosenFiles";

/** As many as one request takes. */
const MAX_ENTRIES = 25_000;
/** The workflow check takes no more; longer lists are checked at the push. */
const MAX_CHECKED_ENTRIES = 10_000;

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
      <Loaded query={about} heading="New package" framed>
        {({ level }) =>
          level === "READ_WRITE" ? (
            <CreateForm key={bucket} bucket={bucket} />
          ) : (
            <Panel>
              <h1 className="hidden">New package</h1>
              <Failure error={new RequestError(refusal)} />
            </Panel>
          )
        }
      </Loaded>
    </Page>
  );
}

function CreateForm({ bucket }: { bucket: string }) {
  const { s3 } = useServices();
  const [params] = useSearchParams();
  const prefix = params.get("prefix");
  const [name, setName] = useState("");
  const [words, setWords] = useState(NO_WORDS);
  const [entries, setEntries] = useState<Record<string, Added>>({});
  const [picking, setPicking] = useState(false);
  const [tried, setTried] = useState(false);
  const add = (more: Record<string, Added>) => setEntries(now => ({ ...now, ...more }));
  const folder = useMutation({
    mutationFn: (from: string) => s3.all(bucket, from, MAX_ENTRIES),
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
  const wrong = nameProblem(name);
  const uploads = useUploads(bucket, `${name}/`, ({ key, path, size }) =>
    add({ [path]: { physicalKey: physicalKey(bucket, key), size } }),
  );
  const { push, job, leave } = useStartJob(client =>
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
  );
  const exists = push.error instanceof RequestError && push.error.code === "revision_stale";
  const head = (
    <Head title="New package" about={`In s3://${bucket}, made of files that are in S3 or uploaded now.`} />
  );
  return (
    <JobOrForm job={job} leave={leave} head={head}>
      <Columns
        aside={
          <Panel title="Push" padded>
            <PushForm
              submit={uploads.busy ? "Uploading first…" : "Create the package"}
              busy={push.isPending}
              disabled={uploads.busy}
              cancel={packagesPath(bucket)}
              onSubmit={() => {
                setTried(true);
                if (!wrong && parsed.error === null) push.mutate();
              }}
            >
              <PackageNameField label="Name" name={name} onChange={setName} error={tried ? wrong : null} />
              <PushFields
                bucket={bucket}
                name={name}
                words={words}
                onChange={change => setWords({ ...words, ...change })}
                {...(logicalKeys.length <= MAX_CHECKED_ENTRIES
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
                  A package {name} exists already. Choose another name, or revise that package.
                </Notice>
              ) : (
                <ErrorNotice error={push.error} />
              )}
            </PushForm>
          </Panel>
        }
      >
        <FormActions>
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
        </FormActions>
        {!isPackageName(name) && (
          <p className="muted">
            To upload files, name the package first: they are stored in the folder of that name.
          </p>
        )}
        <ErrorNotice error={folder.error} />
        <Uploads uploads={uploads} />
        <ChosenFiles
          files={entries}
          max={MAX_ENTRIES}
          remove={key =>
            setEntries(now => Object.fromEntries(Object.entries(now).filter(([each]) => each !== key)))
          }
        />
      </Columns>
      {picking && (
        <ObjectPicker
          bucket={bucket}
          prefix={prefix ?? ""}
          under=""
          max={MAX_ENTRIES}
          onPick={more => {
            add(more);
            setPicking(false);
          }}
          onClose={() => setPicking(false)}
        />
      )}
    </JobOrForm>
  );
}
