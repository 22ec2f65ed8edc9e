/** Key pairs for the package gateway: they belong to API keys, read what those read, and end with them. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Cable, Plus } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { identity } from "@/api/identity";
import { keys } from "@/api/keys";
import type { ApiKey, S3KeyPair, S3KeyPairCreated } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
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
    <Page title="S3 access">
      <Head
        title="S3 access"
        about="Packages as folders of an S3 bucket, read-only: for the AWS CLI, rclone, DuckDB, Spark and everything else that speaks S3."
      >
        {endpoint && <NewPairButton endpoint={endpoint} />}
      </Head>
      {endpoint ? (
        <>
          <KeyPairs />
          <Panel title="Tools" padded>
            <SetUps access={{ endpoint, region: services.config.region, ...PLACEHOLDERS }} />
          </Panel>
        </>
      ) : (
        <Panel>
          <Empty title="No package gateway" icon={<Cable size={22} />}>
            This installation has no address at which S3 tools read packages. An administrator can set one up.
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
      label="S3 key pairs"
      table="Your S3 key pairs"
      query={apiKeys}
      loading="Loading key pairs"
      columns={COLUMNS}
      rows={rows}
      id={row => row.pair.access_key_id}
      empty={
        <Empty title="No key pairs" icon={<Cable size={22} />}>
          A key pair belongs to one of your <Link to="/account/keys">API keys</Link>, and ends with it.
        </Empty>
      }
    />
  );
}

const COLUMNS: Column<Row>[] = [
  {
    id: "pair",
    label: "Access key id",
    cell: ({ pair, owner }) => (
      <NameCell
        icon={<Cable size={16} />}
        sub={
          <>
            {owner.name} · ends <Ago at={owner.expires_at} />
          </>
        }
      >
        <CopyableCode text={pair.access_key_id} />
      </NameCell>
    ),
  },
  {
    id: "key",
    label: "API key",
    wide: true,
    width: 190,
    cell: ({ owner }) => <span title={owner.name}>{owner.name}</span>,
  },
  {
    id: "used",
    label: "Last used",
    wide: true,
    align: "right",
    width: 140,
    cell: ({ pair }) =>
      pair.last_used_at ? <Ago at={pair.last_used_at} /> : <span className="muted">never</span>,
  },
  {
    id: "made",
    label: "Made",
    wide: true,
    align: "right",
    width: 140,
    cell: ({ pair }) => <Ago at={pair.created_at} />,
  },
  {
    id: "end",
    label: "Ends",
    wide: true,
    align: "right",
    width: 140,
    cell: ({ owner }) => <Ago at={owner.expires_at} />,
  },
  {
    id: "withdraw",
    label: "Withdraw",
    quiet: true,
    align: "right",
    width: 116,
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
      label="Withdraw"
      title={`Withdraw the key pair ${pair.access_key_id}?`}
      about="Tools that use it are refused within seconds. This cannot be undone. The API key stays."
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
        Make a key pair
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
      <Modal
        open
        onClose={close}
        title="Make an API key first"
        about="A key pair belongs to an API key: it reads what the API key reads, and ends with it."
      >
        <ModalForm onSubmit={close}>
          <ModalActions>
            <ButtonLink kind="primary" to="/account/keys">
              API keys
            </ButtonLink>
          </ModalActions>
        </ModalForm>
      </Modal>
    );
  return (
    <FormDialog
      title="Make a key pair"
      about="It reads packages at the package gateway, and does nothing else."
      submit="Make key pair"
      action={make}
      error={make.error ?? apiKeys.error}
      disabled={!owner}
      onClose={close}
      onSubmit={() => owner && make.mutate(owner)}
    >
      <Choice
        label="API key"
        options={usable.map(({ id, name }) => [id, name] as const)}
        value={owner ?? ""}
        onChange={setChosen}
        help="The key pair has its rights, and ends with it."
      />
    </FormDialog>
  );
}

function NewPair({ pair, endpoint, close }: { pair: S3KeyPairCreated; endpoint: string; close: () => void }) {
  return (
    <Modal
      open
      wide
      onClose={close}
      title="Your key pair"
      about="Copy the secret now. It is shown only once."
    >
      <ModalForm onSubmit={close}>
        <CodeBlock label="Access key id" code={pair.access_key_id} />
        <CodeBlock label="Secret access key" code={pair.secret_access_key} />
        <Notice kind="warn">
          Anybody who has both reads packages as you. If they leak, withdraw them here.
        </Notice>
        <SetUps
          access={{
            endpoint: pair.endpoint_url ?? endpoint,
            region: pair.region,
            accessKeyId: pair.access_key_id,
            secretAccessKey: pair.secret_access_key,
          }}
        />
        <ModalActions cancel="Done" />
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
        label="Tool"
        options={SET_UPS.map(({ id, tool: name }) => [id, name] as const)}
        value={tool}
        onChange={setTool}
      />
      {setUp && <CodeBlock label={setUp.into} code={setUp.code(access)} />}
    </div>
  );
}
