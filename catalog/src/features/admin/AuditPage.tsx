import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Ban, CircleCheck, CircleX, Download, ScrollText } from "lucide-react";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { downloadAudit, identity } from "@/api/identity";
import type { AuditRecord } from "@/api/models";
import { device } from "@/lib/agents";
import {
  type AuditFilters,
  credentialKind,
  type FilterName,
  filtersOf,
  NAMESPACES,
  queryOf,
} from "@/lib/audit";
import { absolute } from "@/lib/format";
import type { Json } from "@/lib/json";
import { itemsOf } from "@/lib/pages";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { Choice, Field } from "@/ui/Field";
import { JsonTree } from "@/ui/JsonTree";
import { Chip, Facts, Head, Page, Panel } from "@/ui/Layout";
import { ListPanel } from "@/ui/ListPanel";
import { Ago } from "@/ui/Measures";
import { Modal, ModalActions } from "@/ui/Modal";
import { Empty, ErrorNotice } from "@/ui/States";
import { type Column, NameCell } from "@/ui/Table";
import { useLater } from "@/ui/useLater";
import styles from "./AuditPage.module.css";

const OUTCOMES = {
  done: { label: "done", kind: undefined, icon: <CircleCheck size={16} className={styles.good} /> },
  failed: { label: "failed", kind: "warn", icon: <CircleX size={16} className={styles.bad} /> },
  refused: { label: "refused", kind: "danger", icon: <Ban size={16} className={styles.bad} /> },
} as const;

export function AuditPage() {
  const services = useServices();
  const [params, setParams] = useSearchParams();
  const filters = filtersOf(params);
  const query = useLater(JSON.stringify(queryOf(filters)));
  const asked = JSON.parse(query) as Record<FilterName, string>;
  const records = useInfiniteQuery(identity.audit(services, asked));
  const rows = itemsOf(records.data);
  const [shown, setShown] = useState<AuditRecord | null>(null);
  const download = useMutation({ mutationFn: () => downloadAudit(services, queryOf(filters)) });
  const set = (name: FilterName, value: string) => {
    const rest = new URLSearchParams(params);
    if (value) rest.set(name, value);
    else rest.delete(name);
    setParams(rest, { replace: true });
  };
  const filtered = Object.values(filters).some(Boolean);
  return (
    <Page title="Audit trail">
      <Head title="Audit trail" about="Sign-ins, changes of rights, and refused requests. Newest first.">
        {filtered && (
          <Button kind="quiet" onClick={() => setParams({}, { replace: true })}>
            Clear filters
          </Button>
        )}
        <Button icon={<Download size={15} />} busy={download.isPending} onClick={() => download.mutate()}>
          Export as JSON Lines
        </Button>
      </Head>
      <ErrorNotice error={download.error} />
      <Panel padded label="Filters">
        <Filters filters={filters} set={set} />
      </Panel>
      <ListPanel
        label="Audit trail"
        query={records}
        loading="Loading the audit trail"
        columns={columns(setShown)}
        rows={rows}
        id={row => String(row.id)}
        empty={
          <Empty title="Nothing" icon={<ScrollText size={22} />}>
            {filtered ? "No records match these filters." : "Nothing was recorded yet."}
          </Empty>
        }
      />
      {shown && <Details record={shown} close={() => setShown(null)} />}
    </Page>
  );
}

function Filters({
  filters,
  set,
}: {
  filters: AuditFilters;
  set: (name: FilterName, value: string) => void;
}) {
  const own = NAMESPACES.some(each => each === filters.action) || !filters.action ? [] : [filters.action];
  const text = (name: "user" | "target", label: string, placeholder: string) => (
    <Field
      label={label}
      name={name}
      autoComplete="off"
      spellCheck={false}
      placeholder={placeholder}
      value={filters[name]}
      onChange={event => set(name, event.target.value)}
    />
  );
  const time = (name: "since" | "until", label: string) => (
    <Field
      label={label}
      name={name}
      type="datetime-local"
      value={filters[name]}
      onChange={event => set(name, event.target.value)}
    />
  );
  return (
    <div className={styles.filters} role="search" aria-label="Audit trail">
      <Choice
        label="What"
        options={[["", "everything"], ...[...NAMESPACES, ...own].map(each => [each, each] as const)]}
        value={filters.action}
        onChange={value => set("action", value)}
      />
      <Choice
        label="Outcome"
        options={[
          ["", "any"],
          ["done", "done"],
          ["failed", "failed"],
          ["refused", "refused"],
        ]}
        value={filters.outcome}
        onChange={value => set("outcome", value)}
      />
      {text("user", "Who", "amy")}
      {text("target", "Target", "user:amy")}
      {time("since", "From")}
      {time("until", "Until")}
    </div>
  );
}

function columns(show: (record: AuditRecord) => void): Column<AuditRecord>[] {
  return [
    {
      id: "action",
      label: "What",
      cell: row => (
        <NameCell
          icon={OUTCOMES[row.outcome].icon}
          sub={
            <>
              {row.user || "somebody"} · <Ago at={row.at} /> {row.target && `· ${row.target}`}
            </>
          }
        >
          <button type="button" className={styles.link} onClick={() => show(row)}>
            {row.action}
          </button>{" "}
          {row.outcome !== "done" && (
            <Chip kind={OUTCOMES[row.outcome].kind}>{row.reason || row.outcome}</Chip>
          )}
        </NameCell>
      ),
    },
    {
      id: "user",
      label: "Who",
      wide: true,
      width: 170,
      cell: row => row.user || <span className="muted">unknown</span>,
    },
    {
      id: "target",
      label: "Target",
      wide: true,
      cell: row => <span title={row.target}>{row.target || <span className="muted">–</span>}</span>,
    },
    { id: "address", label: "From", wide: true, width: 150, cell: row => row.address || "–" },
    { id: "at", label: "When", wide: true, align: "right", width: 150, cell: row => <Ago at={row.at} /> },
  ];
}

function Details({ record, close }: { record: AuditRecord; close: () => void }) {
  return (
    <Modal open onClose={close} title={record.action} about={absolute(new Date(record.at))}>
      <div className={styles.details}>
        <Facts
          facts={[
            ["Outcome", OUTCOMES[record.outcome].label + (record.reason ? `: ${record.reason}` : "")],
            ["Who", record.user || "unknown"],
            [
              "With",
              record.credential ? (
                <span title={record.credential}>{credentialKind(record.credential)}</span>
              ) : (
                "nothing"
              ),
            ],
            ["Target", record.target || "–"],
            ["From", record.address || "–"],
            record.user_agent && [
              "Program",
              <span key="agent" title={record.user_agent}>
                {device(record.user_agent)}
              </span>,
            ],
            ["Service", record.service],
            record.request_id && ["Request", <code key="request">{record.request_id}</code>],
          ]}
        />
        {Object.keys(record.details).length > 0 && (
          <JsonTree value={record.details as Json} label="Details" />
        )}
        <ModalActions cancel="Close" />
      </div>
    </Modal>
  );
}
