import { rememberJob } from "@/api/refresh";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useParams, useSearchParams } from "react-router";
import type { Job, Promotion, Revision, Workflows } from "@/api/models";
import { pushQueries } from "@/api/pushes";
import { queries, revisionUrl, useBuckets } from "@/api/queries";
import { itemsOf } from "@/lib/pages";
import { useServices } from "@/s3/context";
import { bytes, counted } from "@/lib/format";
import { parseMeta, writeMeta } from "@/lib/metadata";
import { packagePath, packagesPath } from "@/lib/paths";
import { ChangeIt, JobPanel } from "@/features/jobs/JobPanel";
import { isPackageName, PushFields, type Words } from "@/features/packages/push/PushFields";
import { Button, ButtonLink } from "@/ui/Button";
import { Check, Choice, Field } from "@/ui/Field";
import { Crumbs, Head, Page, Panel } from "@/ui/Layout";
import { Empty, Failure, Loading, Notice, said } from "@/ui/States";
import styles from "./PromotePage.module.css";

/** A revision goes to another bucket, or gets another name. */
export function PromotePage() {
  const { bucket = "", author = "", name: last = "" } = useParams();
  const [params] = useSearchParams();
  const name = `${author}/${last}`;
  const services = useServices();
  const revision = useQuery(queries.revision(services, bucket, name, params.get("revision") ?? "latest"));
  const buckets = useBuckets();
  const workflows = useQuery(pushQueries.workflows(services, bucket));
  const error = revision.error ?? buckets.error;
  return (
    <Page title={`Push ${name} to a bucket`} narrow>
      <Crumbs
        steps={[
          { label: "Packages", to: packagesPath(bucket) },
          { label: name, to: packagePath(bucket, name) },
          { label: "Push to a bucket" },
        ]}
      />
      {error ? (
        <Panel>
          <h1 className="hidden">Push to a bucket</h1>
          <Failure error={error} retry={() => Promise.all([revision.refetch(), buckets.refetch()])} />
        </Panel>
      ) : revision.data && buckets.data && !workflows.isPending ? (
        <Form
          bucket={bucket}
          name={name}
          revision={revision.data}
          destinations={destinationsOf(
            itemsOf(buckets.data).filter(each => each.level === "READ_WRITE"),
            workflows.data,
          )}
        />
      ) : (
        <Panel>
          <Loading label="Loading the package" />
        </Panel>
      )}
    </Page>
  );
}

interface DestinationBucket {
  name: string;
  title: string;
  /** What the workflow configuration says; null when it says nothing. */
  copy: boolean | null;
}

/** Successors first: they are where revisions of this bucket are meant to go. */
function destinationsOf(
  writable: readonly { name: string; title: string }[],
  workflows: Workflows | undefined,
): DestinationBucket[] {
  const successors = workflows?.successors ?? [];
  const named = successors.flatMap(each =>
    writable.some(({ name }) => name === each.bucket)
      ? [{ name: each.bucket, title: `${each.title} (next step)`, copy: each.copy_data }]
      : [],
  );
  const others = writable.filter(({ name }) => !named.some(each => each.name === name));
  return [...named, ...others.map(({ name, title }) => ({ name, title, copy: null }))];
}

function Form({
  bucket,
  name,
  revision,
  destinations,
}: {
  bucket: string;
  name: string;
  revision: Revision;
  destinations: readonly DestinationBucket[];
}) {
  const { client } = useServices();
  const queryClient = useQueryClient();
  const first =
    destinations.find(each => each.copy !== null) ?? destinations.find(each => each.name !== bucket);
  const [to, setTo] = useState(first?.name ?? destinations[0]?.name ?? "");
  const [target, setTarget] = useState(name);
  const [copied, setCopied] = useState<boolean | null>(null);
  const [words, setWords] = useState<Words>({
    message: revision.message ?? "",
    metadata: writeMeta(revision.user_meta),
    workflow: null,
  });
  const [tried, setTried] = useState(false);
  const [job, setJob] = useState<string | null>(null);
  const destination = destinations.find(each => each.name === to);
  const copy = copied ?? destination?.copy ?? true;
  const parsed = parseMeta(words.metadata);
  const isItself = to === bucket && target === name;
  const wrong = !isPackageName(target)
    ? "AUTHOR/NAME: letters, digits, - and _."
    : isItself
      ? "This is where it is already: choose another bucket or name."
      : null;
  const push = useMutation({
    mutationFn: () =>
      client.call<Job>(`${revisionUrl(bucket, name, revision.top_hash)}/promotion`, {
        method: "POST",
        body: {
          to: { bucket: to, package: target },
          message: words.message.trim() || null,
          ...(words.metadata === writeMeta(revision.user_meta) ? {} : { metadata: parsed.meta }),
          ...(words.workflow === null ? {} : { workflow: words.workflow }),
          copy,
        } satisfies Omit<Promotion, "prefix">,
      }),
    onSuccess: started => {
      rememberJob(queryClient, started);
      setJob(started.id);
    },
  });
  const head = (
    <Head
      title="Push to a bucket"
      about={
        <>
          {name} <code>{revision.top_hash.slice(0, 8)}</code>: {counted(revision.total_entries, "file")},{" "}
          {bytes(revision.total_bytes)}
        </>
      }
    />
  );
  if (destinations.length === 0)
    return (
      <>
        {head}
        <Panel>
          <Empty title="No bucket to push to">
            Your role may not write to any bucket. Ask an administrator.
          </Empty>
        </Panel>
      </>
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
      <Panel label="Push to a bucket" padded>
        <form
          noValidate
          className={styles.form}
          onSubmit={event => {
            event.preventDefault();
            setTried(true);
            if (!wrong && parsed.error === null) push.mutate();
          }}
        >
          <Choice
            label="Destination"
            options={destinations.map(each => [each.name, `${each.title} · s3://${each.name}`] as const)}
            value={to}
            onChange={value => {
              setTo(value);
              setCopied(null);
              setWords({ ...words, workflow: null });
            }}
          />
          <Field
            label="Package"
            value={target}
            onChange={event => setTarget(event.target.value.trim())}
            error={tried || isItself ? wrong : null}
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
          />
          <Check
            label={
              <>
                Copy the objects to {to}
                <br />
                <span className={styles.about}>
                  {copy
                    ? "The destination does not depend on where they are now."
                    : "The package there refers to the objects where they are now: who reads it needs access to both."}
                </span>
              </>
            }
            checked={copy}
            onChange={setCopied}
          />
          <PushFields
            bucket={to}
            name={target}
            words={words}
            onChange={change => setWords({ ...words, ...change })}
          />
          {push.isError && <Notice kind="danger">{said(push.error)}</Notice>}
          <div className={styles.actions}>
            <Button type="submit" kind="primary" busy={push.isPending}>
              Push
            </Button>
            <ButtonLink kind="quiet" to={packagePath(bucket, name)}>
              Cancel
            </ButtonLink>
          </div>
        </form>
      </Panel>
    </>
  );
}
