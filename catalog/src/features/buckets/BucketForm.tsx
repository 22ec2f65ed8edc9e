/** The dialogs that register a bucket and change what is shown of it. */
import { Wrench } from "lucide-react";
import { useState } from "react";
import { keys } from "@/api/keys";
import type { Bucket, BucketCreate, BucketUpdate } from "@/api/models";
import { bucketUrl } from "@/api/queries";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/buckets";
import { RequestError } from "@/lib/errors";
import { bytesFrom } from "@/lib/format";
import { Button } from "@/ui/Button";
import { Area, Field } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { ErrorNotice, Notice } from "@/ui/States";

export const BUCKET_KEYS = [keys.bucket(), keys.buckets()];

interface Description {
  title: string;
  description: string;
  /** As typed. */
  tags: string;
}

/** Reads "a, b" as two. */
const itemsOf = (text: string) =>
  text
    .split(",")
    .map(item => item.trim())
    .filter(Boolean);

function DescriptionFields({
  value,
  onChange,
  titleHelp,
  titleError,
}: {
  value: Description;
  onChange: (value: Description) => void;
  titleHelp?: string;
  titleError?: string | null;
}) {
  return (
    <>
      <Field
        label={t.title}
        name="title"
        maxLength={256}
        help={titleHelp}
        value={value.title}
        error={titleError ?? null}
        onChange={event => onChange({ ...value, title: event.target.value })}
      />
      <Area
        label={t.description}
        name="description"
        maxLength={2048}
        value={value.description}
        onChange={event => onChange({ ...value, description: event.target.value })}
      />
      <Field
        label={t.tags}
        name="tags"
        help={t.separatedCommas}
        value={value.tags}
        onChange={event => onChange({ ...value, tags: event.target.value })}
      />
    </>
  );
}

/** As typed. */
interface Contents {
  extensions: string;
  size: string;
  /** Folder with reports of S3 Inventory. */
  inventory: string;
}

const MAX_CONTENT_BYTES = 10 * 1024 * 1024;

/** Extensions and bytes to send: null for what the field leaves to the registry. Undefined: not a size that can be searched. */
function contentSettings({ extensions, size }: Omit<Contents, "inventory">): {
  file_extensions_to_index: string[] | null;
  index_content_bytes: number | null | undefined;
} {
  const read = size.trim() ? bytesFrom(size) : null;
  const tooLarge = size.trim() !== "" && (read === null || read > MAX_CONTENT_BYTES);
  const listed = itemsOf(extensions);
  return {
    file_extensions_to_index: listed.length > 0 ? listed : null,
    index_content_bytes: tooLarge ? undefined : read,
  };
}

/** 65,536 as `64 KiB`, and what is no whole number of them in bytes. */
const binarySize = (size: number) =>
  size % 1024 === 0 && size > 0 ? `${String(size / 1024)} KiB` : String(size);

function ContentFields({
  value,
  onChange,
  sizeError,
}: {
  value: Contents;
  onChange: (value: Contents) => void;
  sizeError: string | null;
}) {
  return (
    <>
      <Field
        label={t.filesWhoseContent}
        name="extensions"
        placeholder={t.allTextsTables}
        help={t.extensionsSeparatedCommas}
        autoCapitalize="none"
        spellCheck={false}
        value={value.extensions}
        onChange={event => onChange({ ...value, extensions: event.target.value })}
      />
      <Field
        label={t.contentFileCan}
        name="content-size"
        placeholder="64 KiB"
        help={t.countedBeginningFile}
        value={value.size}
        error={sizeError}
        onChange={event => onChange({ ...value, size: event.target.value })}
      />
      <Field
        label={t.reportsS3Inventory}
        name="inventory"
        placeholder={t.none}
        help={t.folderS3Bucket}
        autoCapitalize="none"
        spellCheck={false}
        value={value.inventory}
        onChange={event => onChange({ ...value, inventory: event.target.value })}
      />
    </>
  );
}

const NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

export function AddBucketDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [shown, setShown] = useState<Description>({ title: "", description: "", tags: "" });
  const [tried, setTried] = useState(false);
  const add = useApiMutation(
    (client, body: BucketCreate) => client.call<Bucket>("/api/v1/buckets", { method: "POST", body }),
    BUCKET_KEYS,
    onClose,
  );
  const wrong = NAME.test(name) ? null : t.n363Lower;
  const isTaken = add.error instanceof RequestError && add.error.trouble === "conflict";
  const submit = () => {
    setTried(true);
    if (wrong) return;
    const [title, description, tags] = [shown.title.trim(), shown.description.trim(), itemsOf(shown.tags)];
    add.mutate({
      name,
      ...(title && { title }),
      ...(description && { description }),
      ...(tags.length > 0 && { tags }),
    });
  };
  return (
    <FormDialog
      title={t.addBucket}
      about={t.registryCreatesBucket}
      submit={t.addBucket2}
      action={add}
      error={isTaken ? null : add.error}
      onSubmit={submit}
      onClose={onClose}
    >
      {isTaken && <Notice kind="danger">{t.registeredAlready(name)}</Notice>}
      <Field
        label={t.bucketName}
        name="name"
        required
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        value={name}
        error={tried ? wrong : null}
        onChange={event => setName(event.target.value)}
      />
      <DescriptionFields value={shown} onChange={setShown} titleHelp={t.shownPeopleDefaults} />
    </FormDialog>
  );
}

export function EditBucketDialog({ bucket, onClose }: { bucket: Bucket; onClose: () => void }) {
  const [shown, setShown] = useState<Description>({
    title: bucket.title,
    description: bucket.description ?? "",
    tags: bucket.tags.join(", "),
  });
  const [score, setScore] = useState(String(bucket.relevance_score));
  const [before] = useState<Contents>({
    extensions: (bucket.file_extensions_to_index ?? []).join(", "),
    size: bucket.index_content_bytes === null ? "" : binarySize(bucket.index_content_bytes),
    inventory: bucket.inventory_url ?? "",
  });
  const [contents, setContents] = useState(before);
  const save = useApiMutation(
    (client, body: BucketUpdate) => client.call<Bucket>(bucketUrl(bucket.name), { method: "PATCH", body }),
    BUCKET_KEYS,
    onClose,
  );
  const repair = useApiMutation(
    client => client.call<Bucket>(bucketUrl(bucket.name), { method: "PUT", body: {} }),
    BUCKET_KEYS,
  );
  const title = shown.title.trim();
  const wrong = /^-?\d+$/.test(score.trim()) ? null : t.wholeNumber;
  const { file_extensions_to_index, index_content_bytes } = contentSettings(contents);
  return (
    <FormDialog
      title={t.editName(bucket.name)}
      about={t.peopleSeeBucket}
      submit={t.save}
      action={save}
      tools={
        <Button icon={<Wrench size={14} />} busy={repair.isPending} onClick={() => repair.mutate()}>
          {t.setUpAgain}
        </Button>
      }
      onSubmit={() => {
        if (wrong || !title || index_content_bytes === undefined) return;
        save.mutate({
          title,
          description: shown.description.trim() || null,
          tags: itemsOf(shown.tags),
          relevance_score: Number(score),
          // An empty list of extensions looks like none given, and stays unless it is edited.
          ...(contents.extensions !== before.extensions && { file_extensions_to_index }),
          ...(contents.size !== before.size && { index_content_bytes }),
          ...(contents.inventory !== before.inventory && {
            inventory_url: contents.inventory.trim() || null,
          }),
        });
      }}
      onClose={onClose}
    >
      <ErrorNotice error={repair.error} />
      {repair.isSuccess && <Notice>{t.versioningCorsNotifications}</Notice>}
      <DescriptionFields value={shown} onChange={setShown} titleError={title ? null : t.bucketNeedsTitle} />
      <Field
        label={t.relevance}
        name="relevance"
        inputMode="numeric"
        help={t.bucketsHigherNumber}
        value={score}
        error={wrong}
        onChange={event => setScore(event.target.value)}
      />
      <ContentFields
        value={contents}
        onChange={setContents}
        sizeError={index_content_bytes === undefined ? t.sizeMost10 : null}
      />
    </FormDialog>
  );
}
