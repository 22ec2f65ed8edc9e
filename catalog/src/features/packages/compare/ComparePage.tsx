import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ArrowLeftRight, GitCompareArrows } from "lucide-react";
import { useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import type { Diff, DiffItem, DiffKind } from "@/api/models";
import { pushQueries, type Side } from "@/api/pushes";
import { queries } from "@/api/queries";
import { itemsOf, useMore } from "@/lib/pages";
import { useServices } from "@/s3/context";
import { bytes, count } from "@/lib/format";
import { userMeta } from "@/lib/metadata";
import { comparePath, entryPath, packagePath, packagesPath } from "@/lib/paths";
import { MetaChanges } from "./MetaChanges";
import { RevisionChooser } from "./RevisionChooser";
import { Button, ButtonLink, IconButton } from "@/ui/Button";
import { Crumbs, Head, Page, Panel } from "@/ui/Layout";
import { MoreFailed } from "@/ui/MoreFailed";
import { Empty, Failure, Loading, Notice } from "@/ui/States";
import { NameCell, Table, type Column } from "@/ui/Table";
import { ChangeDetails, KINDS, Kind, sizeOf } from "./ChangeDetails";
import styles from "./Compare.module.css";

const LATEST = "latest";

const isKind = (text: string): text is DiffKind => KINDS.some(([kind]) => kind === text);

/** A revision beside another: by default, what its push changed. */
export function ComparePage() {
  const { bucket = "", author = "", name: last = "" } = useParams();
  const [params, setParams] = useSearchParams();
  const name = `${author}/${last}`;
  const head: Side = { bucket, name, reference: params.get("head") ?? LATEST };
  const base: Side | null =
    params.has("base") || params.has("base_package")
      ? {
          bucket: params.get("base_bucket") ?? bucket,
          name: params.get("base_package") ?? name,
          reference: params.get("base") ?? LATEST,
        }
      : null;
  const kinds = (params.get("kind") ?? "").split(",").filter(isKind);
  const services = useServices();
  const about = useQuery(pushQueries.diffTotals(services, head, base));
  const toggle = (kind: DiffKind) => {
    const chosen = kinds.includes(kind) ? kinds.filter(each => each !== kind) : [...kinds, kind];
    const next = new URLSearchParams(params);
    if (chosen.length > 0) next.set("kind", chosen.join(","));
    else next.delete("kind");
    setParams(next, { replace: true });
  };
  return (
    <Page title={`Compare revisions of ${name}`}>
      <Crumbs
        steps={[
          { label: "Packages", to: packagesPath(bucket) },
          { label: name, to: packagePath(bucket, name) },
          { label: "Revisions", to: `${packagePath(bucket, name)}/revisions` },
          { label: "Compare" },
        ]}
      />
      <Head title="Compare" about="What it takes to get from one revision to the other." />
      <Sides head={head} base={base} diff={about.data} />
      {about.isPending ? (
        <Panel>
          <Loading label="Comparing" />
        </Panel>
      ) : about.isError ? (
        <Panel>
          <Failure error={about.error} retry={about.refetch} />
        </Panel>
      ) : (
        <>
          <Totals diff={about.data} kinds={kinds} toggle={toggle} />
          {about.data.metadata_changed && <PackageMetadata diff={about.data} />}
          <Changes head={head} base={base} kinds={kinds} same={isSame(about.data)} />
        </>
      )}
    </Page>
  );
}

const isSame = ({ totals }: Diff) => totals !== null && KINDS.every(([kind]) => totals[kind] === 0);

function Sides({ head, base, diff }: { head: Side; base: Side | null; diff: Diff | undefined }) {
  const navigate = useNavigate();
  const [choosing, setChoosing] = useState<"base" | "head" | null>(null);
  // With the hashes that they turned out to have, an address means the same tomorrow.
  const sideOf = (side: { bucket: string; name: string; top_hash: string }): Side => ({
    bucket: side.bucket,
    name: side.name,
    reference: side.top_hash,
  });
  const shownHead = diff ? sideOf(diff.head) : head;
  const shownBase = diff?.base ? sideOf(diff.base) : base;
  const choose = (side: Side) => {
    const to = choosing === "head" ? comparePath(side, shownBase) : comparePath(shownHead, side);
    setChoosing(null);
    void navigate(to);
  };
  return (
    <div className={styles.sides}>
      <SideCard
        of="before"
        side={shownBase}
        message={diff?.base?.message}
        change={() => setChoosing("base")}
        none={diff !== undefined}
      />
      <IconButton
        label="Swap the sides"
        disabled={!shownBase}
        onClick={() => shownBase && void navigate(comparePath(shownBase, shownHead))}
      >
        <ArrowLeftRight size={17} />
      </IconButton>
      <SideCard of="after" side={shownHead} message={diff?.head.message} change={() => setChoosing("head")} />
      {choosing && (
        <RevisionChooser
          title={choosing === "head" ? "Choose what comes after" : "Choose what was before"}
          from={(choosing === "head" ? shownHead : shownBase) ?? head}
          onChoose={choose}
          onClose={() => setChoosing(null)}
        />
      )}
    </div>
  );
}

function SideCard({
  of,
  side,
  message,
  change,
  none = false,
}: {
  of: "before" | "after";
  side: Side | null;
  message: string | null | undefined;
  change: () => void;
  none?: boolean;
}) {
  const title = of === "before" ? "Before" : "After";
  return (
    <section className={styles.side} data-of={of} aria-label={title}>
      <div className={styles.label}>
        <h2 className={styles.label}>{title}</h2>
        <Button small kind="quiet" onClick={change}>
          Change… <span className="hidden">{title.toLowerCase()}</span>
        </Button>
      </div>
      {side ? (
        <>
          <span className={styles.name}>
            {side.name} <code title={side.reference}>{side.reference.slice(0, 8)}</code>
          </span>
          <span className={styles.message}>
            s3://{side.bucket}
            {message ? ` · ${message}` : ""}
          </span>
        </>
      ) : (
        <>
          <span className={styles.name}>{none ? "Nothing" : "The push before"}</span>
          <span className={styles.message}>{none ? "It was the first push." : " "}</span>
        </>
      )}
    </section>
  );
}

function Totals({
  diff: { totals, moves_found },
  kinds,
  toggle,
}: {
  diff: Diff;
  kinds: readonly DiffKind[];
  toggle: (kind: DiffKind) => void;
}) {
  return (
    <>
      <div className={styles.kinds} role="group" aria-label="Show only">
        {KINDS.map(([kind, label]) => (
          <button
            key={kind}
            type="button"
            className={styles.kind}
            aria-pressed={kinds.includes(kind)}
            disabled={totals?.[kind] === 0 && !kinds.includes(kind)}
            onClick={() => toggle(kind)}
          >
            <Kind of={kind} />
            <span>
              <strong className="num">{totals ? count(totals[kind]) : "…"}</strong> {label}
            </span>
            <small className="num">{totals ? bytes(totals.bytes[kind]) : "counting"}</small>
          </button>
        ))}
      </div>
      {totals && !moves_found && (
        <Notice>There is too much to look through: files that moved are shown as removed and added.</Notice>
      )}
    </>
  );
}

function PackageMetadata({ diff }: { diff: Diff }) {
  const services = useServices();
  const { head, base } = diff;
  const after = useQuery(queries.revision(services, head.bucket, head.name, head.top_hash));
  const before = useQuery({
    ...queries.revision(services, base?.bucket ?? "", base?.name ?? "", base?.top_hash ?? ""),
    enabled: base !== null,
  });
  const waiting = after.isPending || (base !== null && before.isPending);
  const error = after.error ?? before.error;
  return (
    <Panel title="Package metadata" padded>
      {waiting ? (
        <Loading rows={2} label="Loading the metadata" />
      ) : error ? (
        <Failure error={error} retry={() => Promise.all([after.refetch(), before.refetch()])} />
      ) : (
        <MetaChanges before={userMeta(before.data?.user_meta)} after={userMeta(after.data?.user_meta)} />
      )}
    </Panel>
  );
}

function Changes({
  head,
  base,
  kinds,
  same,
}: {
  head: Side;
  base: Side | null;
  kinds: readonly DiffKind[];
  same: boolean;
}) {
  const diff = useInfiniteQuery({
    ...pushQueries.diff(useServices(), head, base, kinds),
    placeholderData: keepPreviousData,
  });
  const more = useMore(diff);
  const [open, setOpen] = useState<DiffItem | null>(null);
  const rows = itemsOf(diff.data);
  const first = diff.data?.pages[0];
  const columns: Column<DiffItem>[] = [
    {
      id: "key",
      label: "Key",
      cell: row => (
        <NameCell icon={<Kind of={row.kind} />} sub={`${row.kind} · ${sizes(row)}`}>
          <button type="button" className={styles.key} title={row.logical_key} onClick={() => setOpen(row)}>
            {row.previous_key !== null && <span className={styles.old}>{row.previous_key} → </span>}
            {row.logical_key}
          </button>
        </NameCell>
      ),
    },
    {
      id: "kind",
      label: "Change",
      wide: true,
      width: 170,
      cell: row => <span className="muted">{described(row)}</span>,
    },
    {
      id: "size",
      label: "Size",
      wide: true,
      align: "right",
      width: 190,
      cell: row => <span className="num">{sizes(row)}</span>,
    },
    {
      id: "open",
      label: "Open",
      wide: true,
      align: "right",
      width: 150,
      cell: row => first && <Links row={row} diff={first} />,
    },
  ];
  if (same)
    return (
      <Panel>
        <Empty title="The same files" icon={<GitCompareArrows size={22} />}>
          Both revisions have the same files with the same content and metadata.
        </Empty>
      </Panel>
    );
  return (
    <Panel label="Changes">
      {diff.isPending ? (
        <Loading label="Loading the changes" />
      ) : diff.isError && rows.length === 0 ? (
        <Failure error={diff.error} retry={diff.refetch} />
      ) : rows.length === 0 ? (
        <Empty title="No such changes" icon={<GitCompareArrows size={22} />} />
      ) : (
        <>
          <Table
            label="Changes"
            columns={columns}
            rows={rows}
            id={row => `${row.kind} ${row.logical_key}`}
            more={more}
          />
          <MoreFailed query={diff} />
        </>
      )}
      {open && first && <ChangeDetails item={open} diff={first} onClose={() => setOpen(null)} />}
    </Panel>
  );
}

function described(row: DiffItem): string {
  if (row.kind === "metadata") return "other metadata";
  return row.metadata_changed ? `${row.kind}, other metadata` : row.kind;
}

function sizes({ kind, before, after }: DiffItem): string {
  const [old, now] = [before && bytes(sizeOf(before)), after && bytes(sizeOf(after))];
  return kind === "changed" && old && now && old !== now ? `${old} → ${now}` : (now ?? old ?? "");
}

function Links({ row, diff }: { row: DiffItem; diff: Diff }) {
  const plain = (path: string) => path.replace(/\/$/, "");
  return (
    <>
      {row.before && diff.base && (
        <ButtonLink
          small
          kind="quiet"
          to={entryPath(diff.base.bucket, diff.base.name, diff.base.top_hash, plain(row.before.path))}
        >
          before
        </ButtonLink>
      )}
      {row.after && (
        <ButtonLink
          small
          kind="quiet"
          to={entryPath(diff.head.bucket, diff.head.name, diff.head.top_hash, plain(row.after.path))}
        >
          after
        </ButtonLink>
      )}
    </>
  );
}
