import { keys } from "@/api/keys";
import { Dialog } from "@base-ui/react/dialog";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Database, Plus } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { RequestError } from "@/lib/errors";
import type { Bucket, BucketCreate } from "@/api/models";
import { useBuckets } from "@/api/queries";
import { itemsOf, useMore } from "@/lib/pages";
import { useServices } from "@/s3/context";
import { bucketPath } from "@/lib/paths";
import { Button } from "@/ui/Button";
import dialog from "@/ui/Dialog.module.css";
import { Field } from "@/ui/Field";
import { Head, Page, Panel } from "@/ui/Layout";
import { Ago } from "@/ui/Measures";
import { MoreFailed } from "@/ui/MoreFailed";
import { Block } from "@/ui/Patch";
import { Empty, Failure, Loading, Notice, said } from "@/ui/States";
import { NameCell, Table, type Column } from "@/ui/Table";
import { EditBucket, UnregisterBucket } from "./BucketActions";
import styles from "./BucketsAdminPage.module.css";

const COLUMNS: Column<Bucket>[] = [
  {
    id: "name",
    label: "Bucket",
    cell: row => (
      <NameCell icon={<Block name={row.name} size={20} />} sub={row.title}>
        <Link to={bucketPath(row.name)}>{row.name}</Link>
      </NameCell>
    ),
  },
  { id: "title", label: "Title", wide: true, cell: row => row.title },
  {
    id: "tags",
    label: "Tags",
    wide: true,
    cell: row => <span className="muted">{row.tags.join(", ")}</span>,
  },
  { id: "by", label: "Added by", wide: true, width: 140, cell: row => row.created_by ?? "–" },
  {
    id: "at",
    label: "Added",
    wide: true,
    align: "right",
    width: 140,
    cell: row => <Ago at={row.created_at} />,
  },
  {
    id: "actions",
    label: "Actions",
    quiet: true,
    align: "right",
    width: 218,
    wide: true,
    cell: row => (
      <span className={styles.tools}>
        <EditBucket bucket={row} small /> <UnregisterBucket bucket={row} small />
      </span>
    ),
  },
];

export function BucketsAdminPage() {
  const buckets = useBuckets(true);
  const more = useMore(buckets);
  const rows = itemsOf(buckets.data);
  return (
    <Page title="Buckets">
      <Head title="Buckets" about="Every bucket that this registry looks after.">
        <AddBucket />
      </Head>
      <Panel label="Buckets">
        {buckets.isPending ? (
          <Loading label="Loading buckets" />
        ) : buckets.isError && rows.length === 0 ? (
          <Failure error={buckets.error} retry={buckets.refetch} />
        ) : rows.length === 0 ? (
          <Empty title="No buckets yet" icon={<Database size={22} />}>
            Add the first one: an existing S3 bucket, or a new one.
          </Empty>
        ) : (
          <>
            <Table label="Buckets" columns={COLUMNS} rows={rows} id={row => row.name} more={more} />
            <MoreFailed query={buckets} />
          </>
        )}
      </Panel>
    </Page>
  );
}

const NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

function AddBucket() {
  const [open, setOpen] = useState(false);
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Trigger render={<Button kind="primary" icon={<Plus size={15} />} />}>
        Add a bucket
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialog.backdrop} />
        <Dialog.Popup className={dialog.popup}>
          <Dialog.Title className={dialog.title}>Add a bucket</Dialog.Title>
          <Dialog.Description className={dialog.about}>
            It is created in S3, or adopted with everything in it if it exists.
          </Dialog.Description>
          <Form done={() => setOpen(false)} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

const isTaken = (error: Error) => error instanceof RequestError && error.trouble === "conflict";

function Form({ done }: { done: () => void }) {
  const { client } = useServices();
  const queryClient = useQueryClient();
  const [name, setName] = useState("");
  const [title, setTitle] = useState("");
  const [description, setDescription] = useState("");
  const [tags, setTags] = useState("");
  const [tried, setTried] = useState(false);
  const add = useMutation({
    mutationFn: (body: BucketCreate) => client.call<Bucket>("/api/v1/buckets", { method: "POST", body }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: keys.buckets() });
      done();
    },
  });
  const wrong = NAME.test(name) ? null : "3 to 63 lower-case letters, digits, dots and hyphens.";
  const submit = () => {
    setTried(true);
    if (wrong || add.isPending) return;
    const given = {
      title: title.trim(),
      description: description.trim(),
      tags: tags
        .split(",")
        .map(tag => tag.trim())
        .filter(Boolean),
    };
    add.mutate({
      name,
      ...(given.title && { title: given.title }),
      ...(given.description && { description: given.description }),
      ...(given.tags.length > 0 && { tags: given.tags }),
    });
  };
  return (
    <form
      noValidate
      className={dialog.form}
      onSubmit={event => {
        event.preventDefault();
        submit();
      }}
    >
      {add.isError && (
        <Notice kind="danger">
          {isTaken(add.error) ? `${name} has been added before.` : said(add.error)}
        </Notice>
      )}
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
      <Field
        label="Title"
        name="title"
        help="What people see; left out, the name."
        maxLength={256}
        value={title}
        onChange={event => setTitle(event.target.value)}
      />
      <Field
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
      <div className={dialog.actions}>
        <Dialog.Close render={<Button kind="quiet" />}>Cancel</Dialog.Close>
        <Button type="submit" kind="primary" busy={add.isPending}>
          Add bucket
        </Button>
      </div>
    </form>
  );
}
