import { useQuery } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { keys } from "@/api/keys";
import { useBucket } from "@/api/queries";
import { TextEditor } from "@/features/files/edit/TextEditor";
import { type OpenedText, useText } from "@/features/files/edit/useText";
import { useTextSaving } from "@/features/files/edit/useTextSaving";
import { t } from "@/language/en/features/preferences";
import { useBucketName } from "@/lib/params";
import { DEFAULT_PREFERENCES, preferenceKeys, type ReadPreferences } from "@/lib/preferences";
import { useServices } from "@/s3/context";
import { parsePreferences, PREFERENCES_KEYS, preferencesKeyQuery } from "@/s3/preferences";
import { Button } from "@/ui/Button";
import { Chip, Columns, Head, Page, Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { ErrorNotice, Notice } from "@/ui/States";
import { NO_PREFERENCES } from "./noPreferences";
import styles from "./PreferencesPage.module.css";

/** What the pages of a bucket show and offer. */
export function PreferencesPage() {
  const bucket = useBucketName();
  const found = useQuery(preferencesKeyQuery(useServices(), bucket));
  return (
    <Page title={t.preferencesBucket(bucket)}>
      <Head title={t.preferences} about={t.bucketsPagesShow} />
      <Loaded query={found} label={t.loadingPreferences} framed>
        {key => (
          <OpenedPreferences
            key={bucket}
            bucket={bucket}
            objectKey={key ?? PREFERENCES_KEYS[0]}
            isNew={key === null}
          />
        )}
      </Loaded>
    </Page>
  );
}

/** The first version is saved in the editor that it was written in, which stays. */
function OpenedPreferences({ isNew, ...place }: { bucket: string; objectKey: string; isNew: boolean }) {
  const [wasNew] = useState(isNew);
  return wasNew ? <PreferencesEditor {...place} opened={null} /> : <StoredPreferences {...place} />;
}

function StoredPreferences({ bucket, objectKey }: { bucket: string; objectKey: string }) {
  const text = useText({ bucket, key: objectKey });
  return (
    <Loaded query={text} label={t.loadingPreferences} framed>
      {opened => <PreferencesEditor bucket={bucket} objectKey={objectKey} opened={opened} />}
    </Loaded>
  );
}

function PreferencesEditor({
  bucket,
  objectKey: key,
  opened,
}: {
  bucket: string;
  objectKey: string;
  opened: OpenedText | null;
}) {
  const editing = useTextSaving(bucket, key, opened, { contentType: "application/yaml" });
  const { text } = editing;
  const isWritable = useBucket(bucket).data?.level === "READ_WRITE";
  const read = useQuery({
    queryKey: keys.preferencesText(text),
    queryFn: () => readText(text),
    placeholderData: previous => previous,
    staleTime: Infinity,
    gcTime: 0,
  });
  const result = read.data;
  return (
    <Columns aside={<Effect read={result?.read ?? null} />}>
      {editing.isConflict ? (
        <Notice kind="warn">{t.somebodyElseSaved}</Notice>
      ) : (
        <ErrorNotice error={editing.error} />
      )}
      <Panel
        title={<code>{key}</code>}
        tools={
          isWritable && (
            <>
              {text.trim() === "" && (
                <Button small icon={<RotateCcw size={14} />} onClick={() => editing.write(NO_PREFERENCES)}>
                  {t.startDefaults}
                </Button>
              )}
              <Button
                small
                kind="primary"
                busy={editing.isSaving}
                disabled={!editing.isChanged || editing.isSaving || result?.read === null}
                onClick={() => editing.save()}
              >
                {t.save}
              </Button>
            </>
          )
        }
      >
        <TextEditor label={t.preferences} value={text} language="yaml" onChange={editing.write} />
      </Panel>
      <div role="status">
        {result && result.read === null && <Notice kind="danger">{t.notYamlYet(result.reason)}</Notice>}
        {result?.read && result.read.problems.length > 0 && (
          <Notice kind="warn">
            {t.noEffect}
            <ul className={styles.problems}>
              {result.read.problems.map(problem => (
                <li key={problem}>{problem}</li>
              ))}
            </ul>
          </Notice>
        )}
        {editing.isSaved && <Notice>{t.saved}</Notice>}
      </div>
      {!isWritable && <Notice>{t.roleMayOnly(bucket)}</Notice>}
    </Columns>
  );
}

type ReadText = { read: ReadPreferences; reason: null } | { read: null; reason: string };

async function readText(text: string): Promise<ReadText> {
  try {
    return { read: await parsePreferences(text), reason: null };
  } catch (error) {
    return { read: null, reason: error instanceof Error ? (error.message.split("\n")[0] ?? "") : "" };
  }
}

/** Every key, what it does, and what holds now. */
function Effect({ read }: { read: ReadPreferences | null }) {
  const preferences = read?.preferences ?? DEFAULT_PREFERENCES;
  return (
    <Panel title={t.eachKeyDoes}>
      <dl className={styles.keys}>
        {preferenceKeys().map(({ path, about, isIgnored, value }) => (
          <div key={path} className={styles.key}>
            <dt>
              <code>{path}</code>{" "}
              {value &&
                (value(preferences) ? (
                  <Chip kind="accent">{t.shown}</Chip>
                ) : (
                  <Chip kind="warn">{t.hidden}</Chip>
                ))}
              {isIgnored && <Chip>{t.keptQuilt}</Chip>}
            </dt>
            <dd>
              {about}
              {path === "ui.sourceBuckets" && preferences.sourceBuckets && (
                <>{t.nowSourceBuckets(preferences.sourceBuckets.join(", "))}</>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
