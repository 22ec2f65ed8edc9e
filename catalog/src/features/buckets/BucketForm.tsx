/** The dialogs that register a bucket and change what is shown of it. */
import { Wrench } from "lucide-react";
import { useState } from "react";
import { keys } from "@/api/keys";
import type { Bucket, BucketCreate, BucketUpdate } from "@/api/models";
import { bucketUrl } from "@/api/queries";
import { useApiMutation } from "@/api/useApiMutation";
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
        label="Title"
        name="title"
        maxLength={256}
        help={titleHelp}
        value={value.title}
        error={titleError ?? null}
        onChange={event => onChange({ ...value, title: event.target.value })}
      />
      <Area
        label="Description"
        name="description"
        maxLength={2048}
        value={value.description}
        onChange={event => onChange({ ...value, description: event.target.value })}
      />
      <Field
        label="Tags"
        name="tags"
        help="Separated by commas."
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
        label="Files whose content can be searched"
        name="extensions"
        placeholder="all texts, tables and documents"
        help="Extensions separated by commas, for example .csv, .md. Files that are there already are read again."
        autoCapitalize="none"
        spellCheck={false}
        value={value.extensions}
        onChange={event => onChange({ ...value, extensions: event.target.value })}
      />
      <Field
        label="Content of a file that can be searched"
        name="content-size"
        placeholder="64 KiB"
        help="Counted from the beginning of the file. At most 10 MiB, and 0 for none."
        value={value.size}
        error={sizeError}
        onChange={event => onChange({ ...value, size: event.target.value })}
      />
      <Field
        label="Reports of S3 Inventory"
        name="inventory"
        placeholder="none"
        help="Their folder, s3://bucket/prefix/source/configuration. The index of a very large bucket is compared with them, instead of with listings alone."
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
  const wrong = NAME.test(name) ? null : "3 to 63 lower-case letters, digits, dots and hyphens.";
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
      title="Add a bucket"
      about="The registry creates the bucket in S3, or takes it over with everything in it if it exists."
      submit="Add bucket"
      action={add}
      error={isTaken ? null : add.error}
      onSubmit={submit}
      onClose={onClose}
    >
      {isTaken && <Notice kind="danger">{name} is registered already.</Notice>}
      <Field
        label="Bucket name"
        name="name"
        required
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        value={name}
        error={tried ? wrong : null}
        onChange={event => setName(event.target.value)}
      />
      <DescriptionFields
        value={shown}
        onChange={setShown}
        titleHelp="Shown to people. Defaults to the bucket's name."
      />
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
  const wrong = /^-?\d+$/.test(score.trim()) ? null : "A whole number.";
  const { file_extensions_to_index, index_content_bytes } = contentSettings(contents);
  return (
    <FormDialog
      title={`Edit ${bucket.name}`}
      about="What people see of the bucket, and what they find in it."
      submit="Save"
      action={save}
      tools={
        <Button icon={<Wrench size={14} />} busy={repair.isPending} onClick={() => repair.mutate()}>
          Set up again
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
      {repair.isSuccess && (
        <Notice>Versioning, CORS and notifications are set up again, and the index is being checked.</Notice>
      )}
      <DescriptionFields
        value={shown}
        onChange={setShown}
        titleError={title ? null : "A bucket needs a title."}
      />
      <Field
        label="Relevance"
        name="relevance"
        inputMode="numeric"
        help="Buckets with a higher number come first. Overviews hide buckets with a negative one."
        value={score}
        error={wrong}
        onChange={event => setScore(event.target.value)}
      />
      <ContentFields
        value={contents}
        onChange={setContents}
        sizeError={
          index_content_bytes === undefined ? "A size of at most 10 MiB, for example 256 KiB." : null
        }
      />
    </FormDialog>
  );
}
