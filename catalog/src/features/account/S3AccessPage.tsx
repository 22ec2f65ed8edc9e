/** Key pairs for the package gateway: they belong to API keys, read what those read, and end with them. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Cable, Plus } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { identity } from "@/api/identity";
import { keys } from "@/api/keys";
import type { ApiKey, S3KeyPair, S3KeyPairCreated } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/account";
import { itemsOf } from "@/lib/pages";
import { encode } from "@/lib/paths";
import { SET_UPS } from "@/lib/snippets";
import { useServices } from "@/s3/context";
import { Button, ButtonLink } from "@/ui/Button";
import { ConfirmButton } from "@/ui/Confirm";
import { CodeBlock } from "@/ui/Copy";
import { CopyableCode } from "@/ui/CopyableCode";
import { Choice } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { Head, Page, Panel } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { Ago } from "@/ui/Measures";
import { Modal, ModalActions, ModalForm } from "@/ui/Modal";
import { Empty, Notice } from "@/ui/States";
import { type Column, NameCell } from "@/ui/Table";
import styles from "./S3AccessPage.module.css";

const PLACEHOLDERS = { accessKeyId: "ACCESS_KEY_ID", secretAccessKey: "SECRET_ACCESS_KEY" };

interface Row {
  pair: S3KeyPair;
  owner: ApiKey;
}

export function S3AccessPage() {
  const services = useServices();
  const endpoint = services.config.packages_url;
  return (
    <Page title={t.s3Access}>
      <Head title={t.s3Access} about={t.packagesFoldersS3}>
        {endpoint && <NewPairButton endpoint={endpoint} />}
      </Head>
      {endpoint ? (
        <>
          <KeyPairs />
          <Panel title={t.tools} padded>
            <SetUps access={{ endpoint, region: services.config.region, ...PLACEHOLDERS }} />
          </Panel>
        </>
      ) : (
        <Panel>
          <Empty title={t.noPackageGateway} icon={<Cable size={22} />}>
            {t.installationNoAddress}
          </Empty>
        </Panel>
      )}
    </Page>
  );
}

function KeyPairs() {
  const apiKeys = useInfiniteQuery(identity.keys(useServices()));
  const rows = itemsOf(apiKeys.data).flatMap(owner =>
    (owner.s3_key_pairs ?? []).map(pair => ({ pair, owner })),
  );
  return (
    <ListPanel
      label={t.s3KeyPairs}
      table={t.s3KeyPairs2}
      query={apiKeys}
      loading={t.loadingKeyPairs}
      columns={makeColumns()}
      rows={rows}
      id={row => row.pair.access_key_id}
      empty={
        <Empty title={t.noKeyPairs} icon={<Cable size={22} />}>
          {t.keyPairBelongs(<Link to="/account/keys">{t.apiKeys}</Link>)}
        </Empty>
      }
    />
  );
}

const makeColumns = (): Column<Row>[] => [
  {
    id: "pair",
    label: t.accessKeyId,
    cell: ({ pair, owner }) => (
      <NameCell
        icon={<Cable size={16} />}
        sub={<>{t.endsNameAgo(owner.name, <Ago at={owner.expires_at} />)}</>}
      >
        <CopyableCode text={pair.access_key_id} />
      </NameCell>
    ),
  },
  {
    id: "key",
    label: t.apiKey,
    wide: true,
    width: 190,
    cell: ({ owner }) => <span title={owner.name}>{owner.name}</span>,
  },
  {
    id: "used",
    label: t.lastUsed,
    wide: true,
    align: "right",
    width: 140,
    cell: ({ pair }) =>
      pair.last_used_at ? <Ago at={pair.last_used_at} /> : <span className="muted">{t.never}</span>,
  },
  {
    id: "made",
    label: t.made,
    wide: true,
    align: "right",
    width: 140,
    cell: ({ pair }) => <Ago at={pair.created_at} />,
  },
  {
    id: "end",
    label: t.ends,
    wide: true,
    align: "right",
    width: 140,
    cell: ({ owner }) => <Ago at={owner.expires_at} />,
  },
  {
    id: "withdraw",
    label: t.withdraw,
    quiet: true,
    align: "right",
    width: 132,
    cell: row => <Withdraw row={row} />,
  },
];

function Withdraw({ row: { pair, owner } }: { row: Row }) {
  const withdraw = useApiMutation(
    client => client.call(`${pairsUrl(owner.id)}/${encode(pair.access_key_id)}`, { method: "DELETE" }),
    [keys.apiKeys()],
  );
  return (
    <ConfirmButton
      small
      label={t.withdraw}
      title={t.withdrawKeyPair(pair.access_key_id)}
      about={t.toolsUseRefused}
      action={withdraw}
    />
  );
}

const pairsUrl = (apiKey: string) => `/api/v1/keys/${encode(apiKey)}/s3`;

function NewPairButton({ endpoint }: { endpoint: string }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button kind="primary" icon={<Plus size={15} />} onClick={() => setOpen(true)}>
        {t.makeKeyPair}
      </Button>
      {open && <NewPairDialog endpoint={endpoint} close={() => setOpen(false)} />}
    </>
  );
}

function NewPairDialog({ endpoint, close }: { endpoint: string; close: () => void }) {
  const apiKeys = useInfiniteQuery(identity.keys(useServices()));
  const usable = itemsOf(apiKeys.data).filter(({ status }) => status === "ACTIVE");
  const [chosen, setChosen] = useState<string | null>(null);
  const owner = chosen ?? usable[0]?.id;
  const make = useApiMutation(
    (client, id: string) => client.call<S3KeyPairCreated>(pairsUrl(id), { method: "POST" }),
    [keys.apiKeys()],
  );
  if (make.isSuccess) return <NewPair pair={make.data} endpoint={endpoint} close={close} />;
  if (apiKeys.isSuccess && usable.length === 0)
    return (
      <Modal open onClose={close} title={t.makeApiKeyFirst} about={t.keyPairBelongsApi}>
        <ModalForm onSubmit={close}>
          <ModalActions>
            <ButtonLink kind="primary" to="/account/keys">
              {t.apiKeys}
            </ButtonLink>
          </ModalActions>
        </ModalForm>
      </Modal>
    );
  return (
    <FormDialog
      title={t.makeKeyPair}
      about={t.readsPackagesPackage}
      submit={t.makeKeyPair2}
      action={make}
      error={make.error ?? apiKeys.error}
      disabled={!owner}
      onClose={close}
      onSubmit={() => owner && make.mutate(owner)}
    >
      <Choice
        label={t.apiKey}
        options={usable.map(({ id, name }) => [id, name] as const)}
        value={owner ?? ""}
        onChange={setChosen}
        help={t.keyPairRights}
      />
    </FormDialog>
  );
}

function NewPair({ pair, endpoint, close }: { pair: S3KeyPairCreated; endpoint: string; close: () => void }) {
  return (
    <Modal open wide onClose={close} title={t.keyPair} about={t.copySecretNow}>
      <ModalForm onSubmit={close}>
        <CodeBlock label={t.accessKeyId} code={pair.access_key_id} />
        <CodeBlock label={t.secretAccessKey} code={pair.secret_access_key} />
        <Notice kind="warn">{t.anybodyBothReads}</Notice>
        <SetUps
          access={{
            endpoint: pair.endpoint_url ?? endpoint,
            region: pair.region,
            accessKeyId: pair.access_key_id,
            secretAccessKey: pair.secret_access_key,
          }}
        />
        <ModalActions cancel={t.done} />
      </ModalForm>
    </Modal>
  );
}

function SetUps({ access }: { access: Parameters<(typeof SET_UPS)[number]["code"]>[0] }) {
  const [tool, setTool] = useState(SET_UPS[0]?.id ?? "");
  const setUp = SET_UPS.find(({ id }) => id === tool);
  return (
    <div className={styles.setUps}>
      <Choice
        label={t.tool}
        options={SET_UPS.map(({ id, tool: name }) => [id, name] as const)}
        value={tool}
        onChange={setTool}
      />
      {setUp && <CodeBlock label={setUp.into} code={setUp.code(access)} />}
    </div>
  );
}
