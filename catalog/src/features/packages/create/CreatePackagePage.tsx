import { useMutation, useQuery } from "@tanstack/react-query";
import { FolderInput } from "lucide-react";
import { useEffect, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { useJob } from "@/api/jobs";
import type { Construction, Job } from "@/api/models";
import { packageUrl, queries, useBucket } from "@/api/queries";
import { ChooseFiles, Uploads } from "@/features/files/Uploads";
import { useUploads } from "@/features/files/useUploads";
import { t } from "@/language/en/features/packages/create";
import { RequestError } from "@/lib/errors";
import { parseMeta } from "@/lib/metadata";
import { useBucketName } from "@/lib/params";
import { nameOf, packagesPath, revisePath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { takeOverObjects } from "@/s3/chosen";
import { droppedFiles, type LocalFile, takeOver } from "@/s3/dropped";
import { physicalKey } from "@/s3/locations";
import { Button } from "@/ui/Button";
import { DropAnywhere } from "@/ui/DropAnywhere";
import { FormActions } from "@/ui/Form";
import { FormDialog } from "@/ui/FormDialog";
import { Columns, Crumbs, Head, Page, Panel } from "@/ui/Layout";
import { ForWriters } from "@/ui/ForWriters";
import { Loaded } from "@/ui/Loaded";
import { ErrorNotice, Notice } from "@/ui/States";
import { useLeaveGuard } from "@/ui/useLeaveGuard";
import { JobOrForm } from "../push/JobOrForm";
import type { EntriesToFill } from "../metadata/useFilling";
import { useSchema } from "../metadata/useSchema";
import { ObjectPicker } from "../push/ObjectPicker";
import { useKept } from "../push/drafts";
import { PushFields } from "../push/PushFields";
import { isPackageName, nameProblem, PackageNameField, PushForm } from "../push/PushForm";
import { usePushCheck, useSettled } from "../push/usePushCheck";
import { useStartJob } from "../push/useStartJob";
import { NO_WORDS, type Words } from "../push/words";
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
  return (
    <Page title={t.newPackage}>
      <Crumbs steps={[{ label: t.packages, to: packagesPath(bucket) }, { label: t.newPackage }]} />
      <Loaded query={about} heading={t.newPackage} framed>
        {({ level }) => (
          <ForWriters bucket={bucket} level={level} heading={t.newPackage}>
            <CreateForm key={bucket} bucket={bucket} />
          </ForWriters>
        )}
      </Loaded>
    </Page>
  );
}

/** A new package as somebody has filled it in so far. */
interface NewPackage {
  name: string;
  words: Words;
  /** By logical key. */
  entries: Record<string, Added>;
}

const NOTHING: NewPackage = { name: "", words: NO_WORDS, entries: {} };
/** Where the metadata of files is. */
const NOTED: ReadonlySet<string> = new Set(["meta"]);

function CreateForm({ bucket }: { bucket: string }) {
  const services = useServices();
  const { s3 } = services;
  const [params] = useSearchParams();
  const prefix = params.get("prefix");
  const [kept, setKept] = useKept<NewPackage>(bucket, NOTED);
  const [wasKept] = useState(kept !== null);
  const { name, words, entries } = kept ?? NOTHING;
  const set = (to: Partial<NewPackage>) => setKept(now => ({ ...(now ?? NOTHING), ...to }));
  const add = (more: Record<string, Added>) =>
    setKept(now => ({ ...(now ?? NOTHING), entries: { ...now?.entries, ...more } }));
  const [picking, setPicking] = useState(false);
  const [tried, setTried] = useState(false);
  const [asking, setAsking] = useState(false);
  /** Dropped before the package had a name. */
  const [waiting, setWaiting] = useState<readonly LocalFile[]>(takeOver);
  useLeaveGuard(waiting.length > 0, { loss: "work" });
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
  const namesake = useNamesake(bucket, name);
  const wrong = nameProblem(name);
  const { uploads, choose } = useNewUploads(bucket, name, add);
  const canUpload = namesake === "free";
  const drop = (files: readonly LocalFile[]) => {
    if (canUpload) choose.mutate(files);
    else setWaiting(now => [...now, ...files]);
  };
  useEffect(() => {
    const objects = takeOverObjects();
    if (objects) add(objects);
    // Once, when the page has come.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  const take = folder.mutate;
  useEffect(() => {
    // A folder that somebody came from is what they want, unless they have chosen something already.
    if (prefix && !wasKept) take(prefix);
  }, [prefix, wasKept, take]);
  const check = usePushCheck({
    bucket,
    name,
    words,
    ...(logicalKeys.length <= MAX_CHECKED_ENTRIES
      ? {
          entries: logicalKeys.map(key => ({
            logical_key: key,
            size: entries[key]?.size ?? null,
            ...(entries[key]?.meta ? { meta: entries[key].meta } : {}),
          })),
        }
      : {}),
  });
  const schema = useSchema(check.config, words.workflow, "entries_schema");
  const toFill: EntriesToFill = {
    form: schema.form,
    fill: metas => {
      add(
        Object.fromEntries(
          [...metas].flatMap(([key, meta]) => (entries[key] ? [[key, { ...entries[key], meta }]] : [])),
        ),
      );
      return Promise.resolve([...metas.keys()].filter(key => !entries[key]));
    },
  };
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
          ...(entries[key]?.meta ? { meta: { user_meta: entries[key].meta } } : {}),
        })),
        // A package that is there already is revised, not replaced.
        expected: { latest: null },
      } satisfies Construction,
    }),
  );
  const isMade = useJob(job).data?.state === "done";
  useEffect(() => {
    if (isMade) setKept(null);
  }, [isMade, setKept]);
  const cameFirst = push.error instanceof RequestError && push.error.code === "revision_stale";
  const isTaken = namesake === "taken" || cameFirst;
  const submit = () => {
    setTried(true);
    if (wrong || parsed.error !== null) return;
    if (logicalKeys.length === 0) setAsking(true);
    else push.mutate();
  };
  const head = <Head title={t.newPackage} about={t.s3MadeFiles(bucket)} />;
  return (
    <JobOrForm job={job} leave={leave} head={head}>
      {wasKept && kept && (
        <Notice>
          {t.filledBeforeKept}{" "}
          <Button small onClick={() => setKept(null)}>
            {t.beginAgain}
          </Button>
        </Notice>
      )}
      <Columns
        aside={
          <Panel title={t.push} padded>
            <PushForm
              submit={uploads.busy ? t.uploadingFirst : t.createPackage}
              busy={push.isPending}
              disabled={uploads.busy || isTaken || check.isRefused}
              cancel={packagesPath(bucket)}
              onSubmit={submit}
            >
              <PackageNameField
                label={t.name}
                name={name}
                onChange={to => {
                  push.reset();
                  set({ name: to });
                }}
                error={tried ? wrong : null}
              />
              {isTaken && (
                <Notice kind="warn">
                  {t.packageExistsAlready(
                    name,
                    <Link to={revisePath(bucket, name, "latest")}>{t.revisePackage}</Link>,
                  )}
                </Notice>
              )}
              <PushFields
                words={words}
                onChange={change => set({ words: { ...words, ...change } })}
                check={check}
                entries={toFill}
              />
              {!cameFirst && <ErrorNotice error={push.error} />}
            </PushForm>
          </Panel>
        }
      >
        <FormActions>
          {prefix !== null && wasKept && (
            <Button
              icon={<FolderInput size={15} />}
              busy={folder.isPending}
              onClick={() => folder.mutate(prefix)}
            >
              {t.addAll(prefix ? `${nameOf(prefix)}/` : t.bucket)}
            </Button>
          )}
          <Button icon={<FolderInput size={15} />} onClick={() => setPicking(true)}>
            {t.addBucket}
          </Button>
          {namesake === "free" && !isTaken && <ChooseFiles add={files => choose.mutate(files)} />}
        </FormActions>
        {namesake === "unnamed" && waiting.length === 0 && <p className="muted">{t.uploadFilesName}</p>}
        {waiting.length > 0 && (
          <Notice>
            {canUpload ? t.fileCanUploaded(waiting.length) : t.fileWillUploaded(waiting.length)}{" "}
            <Button
              small
              disabled={!canUpload}
              onClick={() => {
                choose.mutate(waiting);
                setWaiting([]);
              }}
            >
              {t.uploadFile(waiting.length)}
            </Button>
          </Notice>
        )}
        <DropAnywhere onDrop={data => void droppedFiles(data).then(drop)}>
          {canUpload ? t.dropAdd(name) : t.dropAddNew}
        </DropAnywhere>
        <ErrorNotice error={folder.error ?? choose.error} />
        <Uploads uploads={uploads} />
        <ChosenFiles
          files={entries}
          max={MAX_ENTRIES}
          remove={key =>
            set({ entries: Object.fromEntries(Object.entries(entries).filter(([each]) => each !== key)) })
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
      <FormDialog
        open={asking}
        title={t.createPackageWithout}
        about={t.willMetadataMessage(name)}
        submit={t.createEmpty}
        onSubmit={() => {
          setAsking(false);
          push.mutate();
        }}
        onClose={() => setAsking(false)}
      />
    </JobOrForm>
  );
}

/** Whether a package has this name already; the registry is asked once the name has not changed for a moment. */
function useNamesake(bucket: string, name: string): "unnamed" | "asked" | "free" | "taken" {
  const settled = useSettled(name);
  const found = useQuery({
    ...queries.package(useServices(), bucket, settled),
    enabled: isPackageName(settled),
    retry: false,
  });
  if (!isPackageName(name)) return "unnamed";
  if (settled !== name || found.isPending) return "asked";
  // When the registry cannot say, the push will: it never replaces a package.
  return found.data ? "taken" : "free";
}

/** Uploads into the package's folder; into a new folder below it where objects of others are there already. */
function useNewUploads(bucket: string, name: string, add: (entries: Record<string, Added>) => void) {
  const { s3 } = useServices();
  const [chosen, setChosen] = useState({ name, folder: `${name}/` });
  const folder = chosen.name === name ? chosen.folder : `${name}/`;
  const uploads = useUploads(bucket, folder, ({ key, path, size }) =>
    add({ [path]: { physicalKey: physicalKey(bucket, key), size } }),
  );
  const choose = useMutation({
    mutationFn: async (files: readonly LocalFile[]) => {
      if (chosen.name === name && uploads.items.length > 0) return { files, folder: chosen.folder };
      const { folders, objects } = await s3.list(bucket, `${name}/`, null);
      const isFree = folders.length + objects.length === 0;
      const moment = new Date().toISOString().replaceAll(/[:.]/g, "-");
      return { files, folder: isFree ? `${name}/` : `${name}/${moment}/` };
    },
    onSuccess: found => {
      setChosen({ name, folder: found.folder });
      uploads.add(found.files);
    },
  });
  return { uploads, choose };
}
