import { keys } from "@/api/keys";
import { useInfiniteQuery } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { identity } from "@/api/identity";
import { useApiMutation } from "@/api/useApiMutation";
import type { ApiKeyCreated } from "@/api/models";
import { itemsOf, useMore } from "@/lib/pages";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { CodeBlock } from "@/ui/Copy";
import { Choice, Field } from "@/ui/Field";
import { Head, Page, Panel } from "@/ui/Layout";
import { Modal, ModalActions, ModalForm } from "@/ui/Modal";
import { MoreFailed } from "@/ui/MoreFailed";
import { Empty, Failure, Loading, Notice, said } from "@/ui/States";
import { Table } from "@/ui/Table";
import { keyColumns } from "./keyColumns";

const DAYS = [
  ["7", "7 days"],
  ["30", "30 days"],
  ["90", "90 days"],
  ["180", "180 days"],
  ["365", "a year"],
] as const;

export function KeysPage() {
  const apiKeys = useInfiniteQuery(identity.keys(useServices()));
  const more = useMore(apiKeys);
  const rows = itemsOf(apiKeys.data);
  return (
    <Page title="Your API keys">
      <Head title="API keys" about="For programs: a key acts as you, under the role that is active for you.">
        <NewKey />
      </Head>
      <Panel label="API keys">
        {apiKeys.isPending ? (
          <Loading label="Loading API keys" />
        ) : apiKeys.isError && rows.length === 0 ? (
          <Failure error={apiKeys.error} retry={apiKeys.refetch} />
        ) : rows.length === 0 ? (
          <Empty title="No API keys" icon={<KeyRound size={22} />}>
            Make one for a program that should work without you: a pipeline, a notebook server, a nightly
            import.
          </Empty>
        ) : (
          <>
            <Table
              label="Your API keys"
              columns={keyColumns("/api/v1/keys")}
              rows={rows}
              id={row => row.id}
              more={more}
            />
            <MoreFailed query={apiKeys} />
          </>
        )}
      </Panel>
    </Page>
  );
}

function NewKey() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button kind="primary" icon={<Plus size={15} />} onClick={() => setOpen(true)}>
        Make a key
      </Button>
      {open && <Dialog close={() => setOpen(false)} />}
    </>
  );
}

function Dialog({ close }: { close: () => void }) {
  const [name, setName] = useState("");
  const [days, setDays] = useState<(typeof DAYS)[number][0]>("90");
  const [tried, setTried] = useState(false);
  const make = useApiMutation(
    client =>
      client.call<ApiKeyCreated>("/api/v1/keys", {
        method: "POST",
        body: { name: name.trim(), expires_in_days: Number(days) },
      }),
    [keys.apiKeys()],
  );
  if (make.isSuccess)
    return (
      <Modal
        open
        onClose={close}
        title={`The key “${make.data.api_key.name}”`}
        about="Copy it now: it is shown this once, and kept nowhere."
      >
        <ModalForm onSubmit={close}>
          <CodeBlock label="API key" code={make.data.secret} />
          <CodeBlock label="In Python" code={`quilt3.login_with_api_key("${make.data.secret}")`} />
          <Notice kind="warn">Whoever has this key can act as you. Revoke it here should it get out.</Notice>
          <ModalActions cancel="Done" />
        </ModalForm>
      </Modal>
    );
  return (
    <Modal
      open
      onClose={close}
      title="Make an API key"
      about="It can do what you can, but not sign in or change your password."
    >
      <ModalForm
        onSubmit={() => {
          setTried(true);
          if (name.trim() && !make.isPending) make.mutate();
        }}
      >
        {make.isError && <Notice kind="danger">{said(make.error)}</Notice>}
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
        <Choice label="Good for" options={DAYS} value={days} onChange={setDays} />
        <ModalActions>
          <Button type="submit" kind="primary" busy={make.isPending}>
            Make key
          </Button>
        </ModalActions>
      </ModalForm>
    </Modal>
  );
}
