import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router";
import type { Job, Promotion, Revision } from "@/api/models";
import { pushQueries } from "@/api/pushes";
import { queries, revisionUrl, useBuckets } from "@/api/queries";
import { t } from "@/language/en/features/packages/promote";
import { bytes } from "@/lib/format";
import { parseMeta, writeMeta } from "@/lib/metadata";
import { itemsOf } from "@/lib/pages";
import { usePackageName } from "@/lib/params";
import { packagePath, packagesPath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Check, Choice } from "@/ui/Field";
import { Crumbs, Head, Page, Panel } from "@/ui/Layout";
import { Loaded, together } from "@/ui/Loaded";
import { Empty, ErrorNotice, Loading } from "@/ui/States";
import { useFormGuard } from "@/ui/useLeaveGuard";
import { JobOrForm } from "../push/JobOrForm";
import { PushFields } from "../push/PushFields";
import { nameProblem, PackageNameField, PushForm } from "../push/PushForm";
import { usePushCheck } from "../push/usePushCheck";
import { useStartJob } from "../push/useStartJob";
import type { Words } from "../push/words";
import { type Destination, destinationsOf } from "./destinations";

/** A revision goes to another bucket, or gets another name. */
export function PromotePage() {
  const { bucket, name } = usePackageName();
  const [params] = useSearchParams();
  const services = useServices();
  const revision = useQuery(queries.revision(services, bucket, name, params.get("revision") ?? "latest"));
  const buckets = useBuckets();
  const workflows = useQuery(pushQueries.workflows(services, bucket));
  return (
    <Page title={t.promoteName(name)} narrow>
      <Crumbs
        steps={[
          { label: t.packages, to: packagesPath(bucket) },
          { label: name, to: packagePath(bucket, name) },
          { label: t.promote },
        ]}
      />
      <Loaded query={together(revision, buckets)} label={t.loadingPackage} heading={t.promote} framed>
        {([found, all]) =>
          workflows.isPending ? (
            <Panel>
              <Loading label={t.loadingWorkflows} />
            </Panel>
          ) : (
            <PromoteForm
              bucket={bucket}
              name={name}
              revision={found}
              destinations={destinationsOf(
                itemsOf(all).filter(each => each.level === "READ_WRITE"),
                workflows.data,
              )}
            />
          )
        }
      </Loaded>
    </Page>
  );
}

function PromoteForm({
  bucket,
  name,
  revision,
  destinations,
}: {
  bucket: string;
  name: string;
  revision: Revision;
  destinations: readonly Destination[];
}) {
  const first =
    destinations.find(each => each.copy !== null) ?? destinations.find(each => each.name !== bucket);
  const [to, setTo] = useState(first?.name ?? destinations[0]?.name ?? "");
  const [target, setTarget] = useState(name);
  const [chosenCopy, setChosenCopy] = useState<boolean | null>(null);
  const [words, setWords] = useState<Words>({
    message: revision.message ?? "",
    metadata: writeMeta(revision.user_meta),
    workflow: null,
  });
  const [tried, setTried] = useState(false);
  const copy = chosenCopy ?? destinations.find(each => each.name === to)?.copy ?? true;
  const parsed = parseMeta(words.metadata);
  const check = usePushCheck({ bucket: to, name: target, words });
  const isItself = to === bucket && target === name;
  const wrong = nameProblem(target) ?? (isItself ? t.packageAlreadyChoose : null);
  const { push, job, leave } = useStartJob(client =>
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
  );
  useFormGuard([to, target, chosenCopy, words], job !== null);
  const head = (
    <Head
      title={t.promoteName(name)}
      about={
        <>
          {t.revisionFile(
            <code>{revision.top_hash.slice(0, 8)}</code>,
            revision.total_entries,
            bytes(revision.total_bytes),
          )}
        </>
      }
    />
  );
  if (destinations.length === 0)
    return (
      <>
        {head}
        <Panel>
          <Empty title={t.noBucketPromote}>{t.roleMayNot}</Empty>
        </Panel>
      </>
    );
  return (
    <JobOrForm job={job} leave={leave} head={head}>
      <Panel label={t.promote} padded>
        <PushForm
          submit={t.promote}
          busy={push.isPending}
          disabled={check.isRefused}
          cancel={packagePath(bucket, name)}
          onSubmit={() => {
            setTried(true);
            if (!wrong && parsed.error === null) push.mutate();
          }}
        >
          <Choice
            label={t.destination}
            options={destinations.map(each => [each.name, `${each.title} · s3://${each.name}`] as const)}
            value={to}
            onChange={value => {
              setTo(value);
              setChosenCopy(null);
              setWords({ ...words, workflow: null });
            }}
          />
          <PackageNameField
            label={t.package}
            name={target}
            onChange={setTarget}
            error={tried || isItself ? wrong : null}
          />
          <Check
            label={
              <>
                {t.copyObjects(to)}
                <br />
                <span className="muted">{copy ? t.newPackageDoes : t.newPackageRefers}</span>
              </>
            }
            checked={copy}
            onChange={setChosenCopy}
          />
          <PushFields words={words} onChange={change => setWords({ ...words, ...change })} check={check} />
          <ErrorNotice error={push.error} />
        </PushForm>
      </Panel>
    </JobOrForm>
  );
}
