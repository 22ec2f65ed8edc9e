/** Objects and folders of buckets, to be put into a package. */
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useBuckets } from "@/api/queries";
import { itemsOf } from "@/lib/pages";
import { nameOf } from "@/lib/paths";
import { INTERNAL } from "@/features/files/internal";
import { t } from "@/language/en/features/packages/push";
import { useServices } from "@/s3/context";
import { physicalKey } from "@/s3/locations";
import { useBucketPreferences } from "@/s3/preferences";
import { objectQueries } from "@/s3/queries";
import { Button } from "@/ui/Button";
import { Choice } from "@/ui/Field";
import { FileIcon, FolderIcon } from "@/ui/FileIcon";
import { FolderTrail } from "@/ui/FolderTrail";
import { ListStates, MoreButton } from "@/ui/ListStates";
import { Size } from "@/ui/Measures";
import { Modal, ModalActions } from "@/ui/Modal";
import { Empty, ErrorNotice } from "@/ui/States";
import type { Added } from "../revise/edits";
import styles from "./ObjectPicker.module.css";

/** As many as one patch takes. */
const MAX_OBJECTS = 10_000;

/** `under`: the directory of the package that they go to. */
export function ObjectPicker({
  bucket: first,
  prefix: start = "",
  under,
  max = MAX_OBJECTS,
  onPick,
  onClose,
}: {
  bucket: string;
  prefix?: string;
  under: string;
  max?: number;
  onPick: (entries: Record<string, Added>) => void;
  onClose: () => void;
}) {
  const { s3 } = useServices();
  const { sourceBuckets, defaultSourceBucket } = useBucketPreferences(first);
  const [chosenBucket, setBucket] = useState<string | null>(null);
  const [prefix, setPrefix] = useState(start);
  const [chosen, setChosen] = useState<ReadonlyMap<string, number>>(new Map());
  const buckets = itemsOf(useBuckets().data)
    .filter(each => sourceBuckets === null || sourceBuckets.includes(each.name))
    .map(each => [each.name, each.title] as const);
  // A folder that somebody came from is theirs to choose from; else the bucket's preferences say where to begin.
  const bucket = chosenBucket ?? (start === "" ? startOf(first, sourceBuckets, defaultSourceBucket) : first);
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
        else for (const each of await s3.all(bucket, key, max)) put(each.key, each.size);
      return entries;
    },
    onSuccess: onPick,
  });
  return (
    <Modal
      open
      onClose={onClose}
      title={t.addBucket}
      about={<>{t.packageNothingCopied(<code>{under ? `${under}/` : "/"}</code>)}</>}
      wide
    >
      <div className={styles.top}>
        <Choice
          label={t.bucket}
          options={buckets.some(([each]) => each === bucket) ? buckets : [[bucket, bucket], ...buckets]}
          value={bucket}
          onChange={value => {
            setBucket(value);
            go("");
          }}
        />
        <FolderTrail root={bucket} path={prefix} open={go} />
        <Listing
          key={`${bucket} ${prefix}`}
          bucket={bucket}
          prefix={prefix}
          chosen={chosen}
          toggle={toggle}
          go={go}
        />
        <ErrorNotice error={pick.error} />
      </div>
      <ModalActions>
        <Button
          kind="primary"
          disabled={chosen.size === 0}
          busy={pick.isPending}
          onClick={() => pick.mutate()}
        >
          {chosen.size > 0 ? t.addItem(chosen.size) : t.add}
        </Button>
      </ModalActions>
    </Modal>
  );
}

function startOf(own: string, sources: readonly string[] | null, standard: string | null): string {
  if (sources === null) return own;
  if (standard !== null && sources.includes(standard)) return standard;
  return sources.includes(own) ? own : (sources[0] ?? own);
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
  // What Quilt keeps is nobody's data.
  const folders = pages.flatMap(page => page.folders).filter(folder => folder !== INTERNAL);
  const objects = pages.flatMap(page => page.objects).filter(({ key }) => key !== prefix);
  return (
    <div className={styles.list}>
      <ListStates
        query={listing}
        loading={t.loadingFiles}
        lines={5}
        count={folders.length + objects.length}
        empty={<Empty title={t.nothing} />}
      >
        <ul aria-label={t.filesFolders}>
          {folders.map(key => (
            <li key={key} className={styles.row}>
              <input
                type="checkbox"
                aria-label={t.allKey(nameOf(key))}
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
              <MoreButton query={listing} small quiet />
            </li>
          )}
        </ul>
      </ListStates>
    </div>
  );
}
