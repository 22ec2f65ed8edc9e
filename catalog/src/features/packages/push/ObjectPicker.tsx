/** Objects and folders of buckets, to be put into a package. */
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useBuckets } from "@/api/queries";
import { objectQueries } from "@/s3/queries";
import { itemsOf } from "@/lib/pages";
import { useServices } from "@/s3/context";
import { counted } from "@/lib/format";
import { crumbs, nameOf } from "@/lib/paths";
import { physicalKey } from "@/s3/locations";
import { Button } from "@/ui/Button";
import { Choice } from "@/ui/Field";
import { FileIcon, FolderIcon } from "@/ui/FileIcon";
import { Size } from "@/ui/Measures";
import { Modal, ModalActions } from "@/ui/Modal";
import { Empty, Failure, Loading, Notice, said } from "@/ui/States";
import type { Added } from "@/features/packages/revise/edits";
import styles from "./ObjectPicker.module.css";

/** As many as one patch takes. */
const MOST = 10_000;

/** `under`: the directory of the package that they go to. */
export function ObjectPicker({
  bucket: first,
  prefix: start = "",
  under,
  most = MOST,
  onPick,
  onClose,
}: {
  bucket: string;
  prefix?: string;
  under: string;
  most?: number;
  onPick: (entries: Record<string, Added>) => void;
  onClose: () => void;
}) {
  const { s3 } = useServices();
  const [bucket, setBucket] = useState(first);
  const [prefix, setPrefix] = useState(start);
  const [chosen, setChosen] = useState<ReadonlyMap<string, number>>(new Map());
  const buckets = itemsOf(useBuckets().data).map(each => [each.name, each.title] as const);
  const go = (to: string) => {
    setPrefix(to);
    setChosen(new Map());
  };
  const toggle = (key: string, size: number) => {
    const next = new Map(chosen);
    if (!next.delete(key)) next.set(key, size);
    setChosen(next);
  };
  const pick = useMutation({
    mutationFn: async () => {
      const entries: Record<string, Added> = {};
      const into = under ? `${under}/` : "";
      const put = (key: string, size: number) => {
        entries[into + key.slice(prefix.length)] = { physicalKey: physicalKey(bucket, key), size };
      };
      for (const [key, size] of chosen)
        if (!key.endsWith("/")) put(key, size);
        else for (const each of await s3.all(bucket, key, most)) put(each.key, each.size);
      return entries;
    },
    onSuccess: onPick,
  });
  return (
    <Modal
      open
      onClose={onClose}
      title="Add from a bucket"
      about={
        <>
          To <code>{under ? `${under}/` : "/"}</code> of the package. Nothing is copied: the package refers to
          the objects as they are now.
        </>
      }
      wide
    >
      <div className={styles.top}>
        <Choice
          label="Bucket"
          options={buckets.some(([each]) => each === bucket) ? buckets : [[bucket, bucket], ...buckets]}
          value={bucket}
          onChange={value => {
            setBucket(value);
            go("");
          }}
        />
        <nav aria-label="Folder" className={styles.crumbs}>
          <button type="button" onClick={() => go("")}>
            {bucket}
          </button>
          {crumbs(prefix).map(crumb => (
            <span key={crumb.path}>
              /
              <button type="button" onClick={() => go(crumb.path)}>
                {crumb.label || "∅"}
              </button>
            </span>
          ))}
        </nav>
        <Listing
          key={`${bucket} ${prefix}`}
          bucket={bucket}
          prefix={prefix}
          chosen={chosen}
          toggle={toggle}
          go={go}
        />
        {pick.isError && <Notice kind="danger">{said(pick.error)}</Notice>}
      </div>
      <ModalActions>
        <Button
          kind="primary"
          disabled={chosen.size === 0}
          busy={pick.isPending}
          onClick={() => pick.mutate()}
        >
          {chosen.size > 0 ? `Add ${counted(chosen.size, "item")}` : "Add"}
        </Button>
      </ModalActions>
    </Modal>
  );
}

function Listing({
  bucket,
  prefix,
  chosen,
  toggle,
  go,
}: {
  bucket: string;
  prefix: string;
  chosen: ReadonlyMap<string, number>;
  toggle: (key: string, size: number) => void;
  go: (prefix: string) => void;
}) {
  const listing = useInfiniteQuery(objectQueries.list(useServices(), bucket, prefix));
  const pages = listing.data?.pages ?? [];
  const folders = pages.flatMap(page => page.folders);
  const objects = pages.flatMap(page => page.objects).filter(({ key }) => key !== prefix);
  return (
    <div className={styles.list}>
      {listing.isPending ? (
        <Loading rows={5} label="Loading files" />
      ) : listing.isError ? (
        <Failure error={listing.error} retry={listing.refetch} />
      ) : folders.length + objects.length === 0 ? (
        <Empty title="Nothing here" />
      ) : (
        <ul aria-label="Files and folders">
          {folders.map(key => (
            <li key={key} className={styles.row}>
              <input
                type="checkbox"
                aria-label={`All of ${nameOf(key)}/`}
                checked={chosen.has(key)}
                onChange={() => toggle(key, 0)}
              />
              <FolderIcon />
              <button type="button" onClick={() => go(key)}>
                {nameOf(key)}/
              </button>
            </li>
          ))}
          {objects.map(({ key, size }) => (
            <li key={key} className={styles.row}>
              <label>
                <input type="checkbox" checked={chosen.has(key)} onChange={() => toggle(key, size)} />
                <FileIcon name={key} />
                {nameOf(key)}
                <span className={styles.size}>
                  <Size of={size} />
                </span>
              </label>
            </li>
          ))}
          {listing.hasNextPage && (
            <li className={styles.row}>
              <Button
                small
                kind="quiet"
                busy={listing.isFetchingNextPage}
                onClick={() => void listing.fetchNextPage()}
              >
                More
              </Button>
            </li>
          )}
        </ul>
      )}
    </div>
  );
}
