/** What administrators do to a bucket: change what is shown of it, set it up again, let it go. */
import { keys } from "@/api/keys";
import { Pencil, Unplug, Wrench } from "lucide-react";
import { useState } from "react";
import { useApiMutation } from "@/api/useApiMutation";
import type { Bucket, BucketUpdate } from "@/api/models";
import { bucketUrl } from "@/api/queries";
import { Button } from "@/ui/Button";
import { ConfirmButton } from "@/ui/Confirm";
import { Area, Field } from "@/ui/Field";
import { Modal, ModalActions, ModalForm } from "@/ui/Modal";
import { Notice, said } from "@/ui/States";

const TOUCHED = [keys.bucket(), keys.buckets()];

export function EditBucket({ bucket, small = false }: { bucket: Bucket; small?: boolean }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        small={small}
        icon={<Pencil size={14} />}
        onClick={() => setOpen(true)}
        aria-label={`Edit ${bucket.name}`}
      >
        Edit
      </Button>
      {open && <Form bucket={bucket} close={() => setOpen(false)} />}
    </>
  );
}

/** Reads "a, b" as two tags. */
const listed = (text: string) =>
  text
    .split(",")
    .map(tag => tag.trim())
    .filter(Boolean);

function Form({ bucket, close }: { bucket: Bucket; close: () => void }) {
  const [title, setTitle] = useState(bucket.title);
  const [description, setDescription] = useState(bucket.description ?? "");
  const [tags, setTags] = useState(bucket.tags.join(", "));
  const [score, setScore] = useState(String(bucket.relevance_score));
  const save = useApiMutation(
    (client, body: BucketUpdate) => client.call<Bucket>(bucketUrl(bucket.name), { method: "PATCH", body }),
    TOUCHED,
    close,
  );
  const repair = useApiMutation(
    client => client.call<Bucket>(bucketUrl(bucket.name), { method: "PUT", body: {} }),
    TOUCHED,
  );
  const wrong = /^-?\d+$/.test(score.trim()) ? null : "A whole number.";
  return (
    <Modal open onClose={close} title={`Edit ${bucket.name}`} about="What people see of the bucket.">
      <ModalForm
        onSubmit={() => {
          if (wrong || !title.trim() || save.isPending) return;
          save.mutate({
            title: title.trim(),
            description: description.trim() || null,
            tags: listed(tags),
            relevance_score: Number(score),
          });
        }}
      >
        {save.isError && <Notice kind="danger">{said(save.error)}</Notice>}
        {repair.isError && <Notice kind="danger">{said(repair.error)}</Notice>}
        {repair.isSuccess && (
          <Notice>
            Versioning, CORS and notifications are set up again, and the index is being checked.
          </Notice>
        )}
        <Field
          label="Title"
          name="title"
          required
          maxLength={256}
          value={title}
          error={title.trim() ? null : "A bucket needs a title."}
          onChange={event => setTitle(event.target.value)}
        />
        <Area
          label="Description"
          name="description"
          maxLength={2048}
          value={description}
          onChange={event => setDescription(event.target.value)}
        />
        <Field
          label="Tags"
          name="tags"
          help="Separated by commas."
          value={tags}
          onChange={event => setTags(event.target.value)}
        />
        <Field
          label="Relevance"
          name="relevance"
          inputMode="numeric"
          help="Higher is shown first; negative is hidden from overviews."
          value={score}
          error={wrong}
          onChange={event => setScore(event.target.value)}
        />
        <ModalActions>
          <Button icon={<Wrench size={14} />} busy={repair.isPending} onClick={() => repair.mutate()}>
            Set up again
          </Button>
          <Button type="submit" kind="primary" busy={save.isPending}>
            Save
          </Button>
        </ModalActions>
      </ModalForm>
    </Modal>
  );
}

export function UnregisterBucket({
  bucket,
  small = false,
  done,
}: {
  bucket: Bucket;
  small?: boolean;
  done?: () => void;
}) {
  const remove = useApiMutation(client => client.call(bucketUrl(bucket.name), { method: "DELETE" }), TOUCHED);
  return (
    <ConfirmButton
      small={small}
      label="Unregister"
      icon={<Unplug size={14} />}
      title={`Unregister ${bucket.name}?`}
      about="It disappears from here and from search. All that is in it stays in S3, and it can be added again."
      action={remove}
      {...(done ? { done } : {})}
    />
  );
}
