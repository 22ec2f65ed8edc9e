import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FlaskConical, Plus } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { keys } from "@/api/keys";
import { useBucket } from "@/api/queries";
import { putText, type StoredText } from "@/features/files/edit/storedText";
import { TextEditor } from "@/features/files/edit/TextEditor";
import { useText } from "@/features/files/edit/useText";
import { t } from "@/language/en/features/workflows";
import { RequestError } from "@/lib/errors";
import { useBucketName } from "@/lib/params";
import { workflowsPath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { parsePhysicalKey } from "@/s3/locations";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { Columns, Crumbs, Head, Page, Panel } from "@/ui/Layout";
import { ForWriters } from "@/ui/ForWriters";
import { Loaded } from "@/ui/Loaded";
import { ErrorNotice, Notice } from "@/ui/States";
import { Switch } from "@/ui/Switch";
import { useLeaveGuard } from "@/ui/useLeaveGuard";
import { NEW_CONFIG, NEW_SCHEMA, SCHEMA_ID, schemaLinks, withSchema } from "./schemaLinks";
import { TrialPanel } from "./TrialPanel";
import { useTrial } from "./useTrial";

const CONFIG = ".quilt/workflows/config.yml";

/** The configuration of a bucket's workflows and its schemas, which are tested on packages before they are saved. */
export function WorkflowEditorPage() {
  const bucket = useBucketName();
  const about = useBucket(bucket);
  return (
    <Page title={t.editWorkflows(bucket)}>
      <Crumbs steps={[{ label: t.workflows, to: workflowsPath(bucket) }, { label: t.edit }]} />
      <Loaded query={about} heading={t.editWorkflows2} framed>
        {({ level }) => (
          <ForWriters bucket={bucket} level={level} heading={t.editWorkflows2}>
            <ConfigLoader key={bucket} bucket={bucket} />
          </ForWriters>
        )}
      </Loaded>
    </Page>
  );
}

function ConfigLoader({ bucket }: { bucket: string }) {
  const config = useText({ bucket, key: CONFIG });
  if (config.error instanceof RequestError && config.error.trouble === "missing")
    return <WorkflowEditor bucket={bucket} opened={null} />;
  return (
    <Loaded query={config} label={t.readingConfiguration} heading={t.editWorkflows2} framed>
      {opened => <WorkflowEditor bucket={bucket} opened={opened} />}
    </Loaded>
  );
}

const FOUND = { isPending: false, isError: false, error: null } as const;

/** A schema that was changed or made. */
interface EditedSchema {
  /** As it was read or saved last; null where it is new. */
  opened: StoredText | null;
  text: string;
}

/** The texts as they are edited. */
interface Texts {
  config: string;
  /** Those that were changed or made, by URL. */
  schemas: Readonly<Record<string, EditedSchema>>;
}

/** The texts without a schema that was saved; what was typed into it since then stays. */
function withoutSaved({ config, schemas }: Texts, url: string, saved: StoredText): Texts {
  const { [url]: edited, ...others } = schemas;
  const isSaved = edited === undefined || edited.text === saved.text;
  return { config, schemas: isSaved ? others : { ...others, [url]: { ...edited, opened: saved } } };
}

function WorkflowEditor({ bucket, opened: first }: { bucket: string; opened: StoredText | null }) {
  const { s3 } = useServices();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  /** The configuration as it was read or saved last. */
  const [opened, setOpened] = useState(first);
  const [edited, setEdited] = useState<Texts>({ config: opened?.text ?? NEW_CONFIG, schemas: {} });
  const typed = useRef(edited);
  const change = (to: (now: Texts) => Texts) => {
    typed.current = to(typed.current);
    setEdited(typed.current);
  };
  const { config, schemas } = edited;
  /** The URL of the schema that is shown; empty for the configuration. */
  const [shown, setShown] = useState("");
  const [naming, setNaming] = useState(false);
  const trial = useTrial(bucket);
  const links = useLinks(config);
  const texts = Object.fromEntries(Object.entries(schemas).map(([url, { text }]) => [url, text]));
  const isTested =
    trial.tried?.config === config && JSON.stringify(trial.tried.schemas) === JSON.stringify(texts);
  const isChanged = config !== opened?.text || Object.keys(schemas).length > 0;
  const letGo = useLeaveGuard(config !== (opened?.text ?? NEW_CONFIG) || Object.keys(schemas).length > 0);
  /** Schemas that were stored before one failed. */
  const [stored, setStored] = useState<readonly string[]>([]);
  const save = useMutation({
    mutationFn: async () => {
      setStored([]);
      // Schemas first: a configuration that names what is not there refuses all pushes.
      for (const [url, schema] of Object.entries(schemas)) {
        const at = parsePhysicalKey(url);
        if (!at) throw new RequestError({ status: 0, trouble: "refused", message: t.notS3(url) });
        const saved = await putText(s3, { bucket: at.bucket, key: at.key }, schema.text, {
          before: schema.opened,
          contentType: "application/json",
        });
        await queryClient.invalidateQueries({ queryKey: keys.objectText(at.bucket, at.key) });
        change(now => withoutSaved(now, url, saved));
        setStored(before => [...before, url]);
      }
      if (config === opened?.text) return config;
      const before = opened;
      setOpened(
        await putText(s3, { bucket, key: CONFIG }, config, { before, contentType: "application/yaml" }),
      );
      return config;
    },
    onSuccess: async saved => {
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: keys.workflows(bucket) }),
        queryClient.invalidateQueries({ queryKey: keys.verdict(bucket) }),
        queryClient.invalidateQueries({ queryKey: keys.schema() }),
        queryClient.invalidateQueries({ queryKey: keys.object(bucket) }),
        queryClient.invalidateQueries({ queryKey: keys.objects(bucket) }),
      ]);
      if (typed.current.config !== saved || Object.keys(typed.current.schemas).length > 0) return;
      letGo();
      await navigate(workflowsPath(bucket));
    },
  });
  const isConflict = save.error instanceof RequestError && save.error.status === 412;
  const canSave = isTested && isChanged && trial.problems.length === 0;
  const documents = [
    ["", t.configuration] as const,
    ...[...new Map([...links].map(([id, url]) => [url, id] as const))].map(([url, id]) => [url, id] as const),
  ];
  return (
    <>
      <Head title={t.editWorkflows2} about={t.pushesCheckedSaved}>
        <Button
          icon={<FlaskConical size={15} />}
          busy={trial.isRunning}
          onClick={() => trial.start({ config, schemas: texts })}
        >
          {t.test}
        </Button>
        <Button
          kind="primary"
          busy={save.isPending}
          disabled={!canSave || save.isPending}
          onClick={() => save.mutate()}
        >
          {t.save}
        </Button>
      </Head>
      {isConflict ? <Notice kind="warn">{t.somebodyElseSaved}</Notice> : <ErrorNotice error={save.error} />}
      {save.isError && stored.length > 0 && (
        <Notice kind="warn">{t.savedEffectAlready(<code>{stored.join(", ")}</code>)}</Notice>
      )}
      {save.isSuccess && isChanged && <Notice>{t.savedWithoutRest}</Notice>}
      {isChanged && !canSave && (
        <Notice>{trial.problems.length > 0 && isTested ? t.testFoundWrong : t.testWrittenNow}</Notice>
      )}
      <Columns aside={<TrialPanel bucket={bucket} trial={trial} isStale={!isTested} />}>
        <Panel
          title={
            <Switch
              label={t.text}
              options={documents}
              value={documents.some(([url]) => url === shown) ? shown : ""}
              onChange={setShown}
            />
          }
          tools={
            <Button small icon={<Plus size={14} />} onClick={() => setNaming(true)}>
              {t.newSchema}
            </Button>
          }
        >
          {shown === "" || !documents.some(([url]) => url === shown) ? (
            <TextEditor
              key="config"
              label={t.configuration}
              value={config}
              language="yaml"
              onChange={to => change(now => ({ ...now, config: to }))}
            />
          ) : (
            <SchemaText
              key={shown}
              url={shown}
              edited={schemas[shown] ?? null}
              onChange={to => change(now => ({ ...now, schemas: { ...now.schemas, [shown]: to } }))}
            />
          )}
        </Panel>
      </Columns>
      {naming && (
        <NewSchemaDialog
          taken={new Set(links.keys())}
          onName={id => {
            const url = `s3://${bucket}/.quilt/workflows/schemas/${id}.json`;
            change(now => ({
              config: withSchema(now.config, id, url),
              schemas: { ...now.schemas, [url]: { opened: null, text: NEW_SCHEMA } },
            }));
            setShown(url);
            setNaming(false);
          }}
          onClose={() => setNaming(false)}
        />
      )}
    </>
  );
}

/** Ids and URLs of the schemas; those from before while the text is no YAML. */
function useLinks(config: string): ReadonlyMap<string, string> {
  const [links, setLinks] = useState<ReadonlyMap<string, string>>(new Map());
  useEffect(() => {
    let isCurrent = true;
    void schemaLinks(config).then(found => isCurrent && found && setLinks(found));
    return () => {
      isCurrent = false;
    };
  }, [config]);
  return links;
}

function SchemaText({
  url,
  edited,
  onChange,
}: {
  url: string;
  edited: EditedSchema | null;
  onChange: (to: EditedSchema) => void;
}) {
  if (edited?.opened === null)
    return (
      <TextEditor
        label={t.schemaUrl(url)}
        value={edited.text}
        language="json"
        onChange={text => onChange({ opened: null, text })}
      />
    );
  const target = parsePhysicalKey(url);
  if (!target) return <Notice kind="warn">{t.notS3(url)}</Notice>;
  if (target.versionId !== null) return <Notice>{t.fixedVersionNot(url)}</Notice>;
  return <StoredSchema url={url} target={target} edited={edited} onChange={onChange} />;
}

/** The same editor before and after the first change: whoever types there keeps the caret. */
function StoredSchema({
  url,
  target,
  edited,
  onChange,
}: {
  url: string;
  target: { bucket: string; key: string };
  edited: EditedSchema | null;
  onChange: (to: EditedSchema) => void;
}) {
  const stored = useText({ bucket: target.bucket, key: target.key });
  // What was edited is compared with what it was made from.
  const text = edited?.opened ? { ...FOUND, data: edited.opened, refetch: stored.refetch } : stored;
  if (text.error instanceof RequestError && text.error.trouble === "missing")
    return (
      <Notice kind="warn">
        {t.noYet(url)}{" "}
        <Button small onClick={() => onChange({ opened: null, text: NEW_SCHEMA })}>
          {t.write}
        </Button>
      </Notice>
    );
  return (
    <Loaded query={text} label={t.readingSchema}>
      {opened => (
        <TextEditor
          label={t.schemaUrl(url)}
          value={edited?.text ?? opened.text}
          language="json"
          onChange={to => (edited !== null || to !== opened.text) && onChange({ opened, text: to })}
        />
      )}
    </Loaded>
  );
}

function NewSchemaDialog({
  taken,
  onName,
  onClose,
}: {
  taken: ReadonlySet<string>;
  onName: (id: string) => void;
  onClose: () => void;
}) {
  const [id, setId] = useState("");
  const wrong = taken.has(id) ? t.schemaName : SCHEMA_ID.test(id) ? null : t.writeLettersDigits;
  return (
    <FormDialog
      title={t.newSchema2}
      about={t.jsonSchemaDraft}
      submit={t.write}
      disabled={wrong !== null}
      onSubmit={() => wrong === null && onName(id)}
      onClose={onClose}
    >
      <Field
        label={t.name}
        value={id}
        onChange={event => setId(event.target.value.trim())}
        error={id === "" ? null : wrong}
        autoComplete="off"
        spellCheck={false}
      />
    </FormDialog>
  );
}
