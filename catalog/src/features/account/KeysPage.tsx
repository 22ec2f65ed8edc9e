import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { identity } from "@/api/identity";
import { keys } from "@/api/keys";
import type { ApiKeyCreated } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { itemsOf } from "@/lib/pages";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { CodeBlock } from "@/ui/Copy";
import { Check, Choice, Field } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { Head, Page } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { Modal, ModalActions, ModalForm } from "@/ui/Modal";
import { Empty, Notice } from "@/ui/States";
import { apiKeyColumns } from "./apiKeyColumns";

const DAYS = [
  ["7", "7 days"],
  ["30", "30 days"],
  ["90", "90 days"],
  ["180", "180 days"],
  ["365", "a year"],
] as const;

export function KeysPage() {
  const apiKeys = useInfiniteQuery(identity.keys(useServices()));
  const rows = itemsOf(apiKeys.data);
  return (
    <Page title="Your API keys">
      <Head title="API keys" about="For programs. A key acts as you, with your active role.">
        <NewKeyButton />
      </Head>
      <ListPanel
        label="API keys"
        table="Your API keys"
        query={apiKeys}
        loading="Loading API keys"

        columns={apiKeyColumns("/api/v1/keys")}
        rows={rows}
        id={row => row.id}
        empty={
          <Empty title="No API keys" icon={<KeyRound size={22} />}>
            Make one for a program that should work without you: a pipeline, a notebook server, a nightly
            import.
          </Empty>
        }
      />
    </Page>
  );
}

function NewKeyButton() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button kind="primary" icon={<Plus size={15} />} onClick={() => setOpen(true)}>
        Make a key
      </Button>
      {open && <NewKeyDialog close={() => setOpen(false)} />}
    </>
  );
}

function NewKeyDialog({ close }: { close: () => void }) {
  const [name, setName] = useState("");
  const [days, setDays] = useState<(typeof DAYS)[number][0]>("90");
  const [mayAdminister, setMayAdminister] = useState(false);
  const [tried, setTried] = useState(false);
  const account = useQuery(identity.account(useServices()));
  const make = useApiMutation(
    client =>
      client.call<ApiKeyCreated>("/api/v1/keys", {
        method: "POST",
        body: { name: name.trim(), expires_in_days: Number(days), may_administer: mayAdminister },
      }),
    [keys.apiKeys()],
  );
  if (make.isSuccess)
    return (
      <Modal
        open
        onClose={close}
        title={`The key “${make.data.api_key.name}”`}
        about="Copy it now. It is shown only once and is not stored anywhere."
      >
        <ModalForm onSubmit={close}>
          <CodeBlock label="API key" code={make.data.secret} />
          <CodeBlock label="In Python" code={`quilt3.login_with_api_key("${make.data.secret}")`} />
          <Notice kind="warn">Anybody who has this key can act as you. If it leaks, revoke it here.</Notice>
          <ModalActions cancel="Done" />
        </ModalForm>
      </Modal>
    );
  return (
    <FormDialog
      title="Make an API key"
      about="It can find, read and write what your active role permits. It cannot sign in, make keys or change your account."
      submit="Make key"
      action={make}
      onClose={close}
      onSubmit={() => {
        setTried(true);
        if (name.trim()) make.mutate();
      }}
    >
      <Field
        label="Name"
        name="name"
        required
        maxLength={100}
        autoComplete="off"
        help="What it is for, such as “nightly import”."
        value={name}
        error={tried && !name.trim() ? "Say what it is for." : null}
        onChange={event => setName(event.target.value)}
      />
      <Choice label="Valid for" options={DAYS} value={days} onChange={setDays} />
      {account.data?.is_admin && (
        <Check
          label="It has my administrator's rights as well"
          checked={mayAdminister}
          onChange={setMayAdminister}
        />
      )}
    </FormDialog>
  );
}
