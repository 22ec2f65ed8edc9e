import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { identity } from "@/api/identity";
import { keys } from "@/api/keys";
import type { ApiKeyCreated } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/account";
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

const makeDays = () =>
  [
    ["7", t.n7Days],
    ["30", t.n30Days],
    ["90", t.n90Days],
    ["180", t.n180Days],
    ["365", t.year],
  ] as const;

export function KeysPage() {
  const apiKeys = useInfiniteQuery(identity.keys(useServices()));
  const rows = itemsOf(apiKeys.data);
  return (
    <Page title={t.apiKeys2}>
      <Head title={t.apiKeys} about={t.programsKeyActs}>
        <NewKeyButton />
      </Head>
      <ListPanel
        label={t.apiKeys}
        table={t.apiKeys2}
        query={apiKeys}
        loading={t.loadingApiKeys}

        columns={apiKeyColumns("/api/v1/keys")}
        rows={rows}
        id={row => row.id}
        empty={
          <Empty title={t.noApiKeys} icon={<KeyRound size={22} />}>
            {t.makeOneProgram}
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
        {t.makeKey}
      </Button>
      {open && <NewKeyDialog close={() => setOpen(false)} />}
    </>
  );
}

function NewKeyDialog({ close }: { close: () => void }) {
  const [name, setName] = useState("");
  const [days, setDays] = useState<ReturnType<typeof makeDays>[number][0]>("90");
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
      <Modal open onClose={close} title={t.keyName(make.data.api_key.name)} about={t.copyNowShown}>
        <ModalForm onSubmit={close}>
          <CodeBlock label={t.apiKey} code={make.data.secret} />
          <CodeBlock label={t.python} code={`quilt3.login_with_api_key("${make.data.secret}")`} />
          <Notice kind="warn">{t.anybodyKeyCan}</Notice>
          <ModalActions cancel={t.done} />
        </ModalForm>
      </Modal>
    );
  return (
    <FormDialog
      title={t.makeApiKey}
      about={t.canFindRead}
      submit={t.makeKey2}
      action={make}
      onClose={close}
      onSubmit={() => {
        setTried(true);
        if (name.trim()) make.mutate();
      }}
    >
      <Field
        label={t.name}
        name="name"
        required
        maxLength={100}
        autoComplete="off"
        help={t.suchNightlyImport}
        value={name}
        error={tried && !name.trim() ? t.say : null}
        onChange={event => setName(event.target.value)}
      />
      <Choice label={t.valid} options={makeDays()} value={days} onChange={setDays} />
      {account.data?.is_admin && (
        <Check label={t.myAdministratorsRights} checked={mayAdminister} onChange={setMayAdminister} />
      )}
    </FormDialog>
  );
}
