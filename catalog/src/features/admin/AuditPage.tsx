import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Ban, CircleCheck, CircleX, Download, ScrollText } from "lucide-react";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { downloadAudit, identity } from "@/api/identity";
import type { AuditRecord } from "@/api/models";
import { t } from "@/language/en/features/admin";
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

const outcomes = () =>
  ({
    done: { label: t.done2, kind: undefined, icon: <CircleCheck size={16} className={styles.good} /> },
    failed: { label: t.failed, kind: "warn", icon: <CircleX size={16} className={styles.bad} /> },
    refused: { label: t.refused, kind: "danger", icon: <Ban size={16} className={styles.bad} /> },
  }) as const;

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
    <Page title={t.auditTrail}>
      <Head title={t.auditTrail} about={t.signInsChanges}>
        {filtered && (
          <Button kind="quiet" onClick={() => setParams({}, { replace: true })}>
            {t.clearFilters}
          </Button>
        )}
        <Button icon={<Download size={15} />} busy={download.isPending} onClick={() => download.mutate()}>
          {t.exportJsonLines}
        </Button>
      </Head>
      <ErrorNotice error={download.error} />
      <Panel padded label={t.filters}>
        <Filters filters={filters} set={set} />
      </Panel>
      <ListPanel
        label={t.auditTrail}
        query={records}
        loading={t.loadingAuditTrail}
        columns={columns(setShown)}
        rows={rows}
        id={row => String(row.id)}
        empty={
          <Empty title={t.nothing} icon={<ScrollText size={22} />}>
            {filtered ? t.noRecordsMatch : t.nothingRecordedYet}
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
    <div className={styles.filters} role="search" aria-label={t.auditTrail}>
      <Choice
        label={t.what}
        options={[["", t.everything], ...[...NAMESPACES, ...own].map(each => [each, each] as const)]}
        value={filters.action}
        onChange={value => set("action", value)}
      />
      <Choice
        label={t.outcome}
        options={[
          ["", t.any],
          ["done", t.done2],
          ["failed", t.failed],
          ["refused", t.refused],
        ]}
        value={filters.outcome}
        onChange={value => set("outcome", value)}
      />
      {text("user", t.who, "amy")}
      {text("target", t.target, "user:amy")}
      {time("since", t.from)}
      {time("until", t.until)}
    </div>
  );
}

function columns(show: (record: AuditRecord) => void): Column<AuditRecord>[] {
  return [
    {
      id: "action",
      label: t.what,
      cell: row => (
        <NameCell
          icon={outcomes()[row.outcome].icon}
          sub={
            <>
              {row.user || t.somebody} · <Ago at={row.at} /> {row.target && `· ${row.target}`}
            </>
          }
        >
          <button type="button" className={styles.link} onClick={() => show(row)}>
            {row.action}
          </button>{" "}
          {row.outcome !== "done" && (
            <Chip kind={outcomes()[row.outcome].kind}>{row.reason || outcomes()[row.outcome].label}</Chip>
          )}
        </NameCell>
      ),
    },
    {
      id: "user",
      label: t.who,
      wide: true,
      width: 170,
      cell: row => row.user || <span className="muted">{t.unknown}</span>,
    },
    {
      id: "target",
      label: t.target,
      wide: true,
      cell: row => <span title={row.target}>{row.target || <span className="muted">–</span>}</span>,
    },
    { id: "address", label: t.from, wide: true, width: 150, cell: row => row.address || "–" },
    { id: "at", label: t.when, wide: true, align: "right", width: 150, cell: row => <Ago at={row.at} /> },
  ];
}

function Details({ record, close }: { record: AuditRecord; close: () => void }) {
  return (
    <Modal open onClose={close} title={record.action} about={absolute(new Date(record.at))}>
      <div className={styles.details}>
        <Facts
          facts={[
            [t.outcome, outcomes()[record.outcome].label + (record.reason ? `: ${record.reason}` : "")],
            [t.who, record.user || t.unknown],
            [
              t.with,
              record.credential ? (
                <span title={record.credential}>{credentialKind(record.credential)}</span>
              ) : (
                "nothing"
              ),
            ],
            [t.target, record.target || "–"],
            [t.from, record.address || "–"],
            record.user_agent && [
              t.program,
              <span key="agent" title={record.user_agent}>
                {device(record.user_agent)}
              </span>,
            ],
            [t.service, record.service],
            record.request_id && [t.request, <code key="request">{record.request_id}</code>],
          ]}
        />
        {Object.keys(record.details).length > 0 && (
          <JsonTree value={record.details as Json} label={t.details} />
        )}
        <ModalActions cancel={t.close} />
      </div>
    </Modal>
  );
}
