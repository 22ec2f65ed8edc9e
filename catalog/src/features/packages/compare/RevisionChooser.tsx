/** Any revision of any package that may be read. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import type { Side } from "@/api/pushes";
import { queries, useBuckets } from "@/api/queries";
import { t } from "@/language/en/features/packages/compare";
import { itemsOf } from "@/lib/pages";
import { useServices } from "@/s3/context";
import { Choice, Filter } from "@/ui/Field";
import { Chip } from "@/ui/Layout";
import { MoreButton } from "@/ui/ListStates";
import { Loaded } from "@/ui/Loaded";
import { Ago } from "@/ui/Measures";
import { Modal, ModalActions } from "@/ui/Modal";
import { stateWord } from "../states";
import styles from "./RevisionChooser.module.css";

export function RevisionChooser({
  title,
  from,
  onChoose,
  onClose,
}: {
  title: string;
  from: Side;
  onChoose: (side: Side) => void;
  onClose: () => void;
}) {
  const [bucket, setBucket] = useState(from.bucket);
  const [name, setName] = useState<string | null>(from.name);
  const buckets = itemsOf(useBuckets().data).map(each => [each.name, each.title] as const);
  const known = buckets.some(([each]) => each === bucket) ? buckets : [[bucket, bucket] as const, ...buckets];
  return (
    <Modal open onClose={onClose} title={title} about={t.anyRevisionAny} wide>
      <div className={styles.columns}>
        <div className={styles.step}>
          <Choice
            label={t.bucket}
            options={known}
            value={bucket}
            onChange={value => {
              setBucket(value);
              setName(null);
            }}
          />
          <Packages key={bucket} bucket={bucket} chosen={name} onChoose={setName} />
        </div>
        <div className={styles.step}>
          <h3>{t.revision}</h3>
          {name ? (
            <Revisions
              key={`${bucket} ${name}`}
              bucket={bucket}
              name={name}
              onChoose={reference => onChoose({ bucket, name, reference })}
            />
          ) : (
            <p className="muted">{t.choosePackageFirst}</p>
          )}
        </div>
      </div>
      <ModalActions />
    </Modal>
  );
}

function Packages({
  bucket,
  chosen,
  onChoose,
}: {
  bucket: string;
  chosen: string | null;
  onChoose: (name: string) => void;
}) {
  const [filter, setFilter] = useState("");
  const packages = useInfiniteQuery({
    ...queries.packages(useServices(), bucket, useDeferredValue(filter)),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <Filter label={t.filterPackages} value={filter} onChange={setFilter} />
      <div className={styles.list}>
        <Loaded query={packages} label={t.loadingPackages} lines={4}>
          {data => (
            <ul aria-label={t.packages}>
              {itemsOf(data).map(each => (
                <li key={each.name}>
                  <button
                    type="button"
                    aria-pressed={each.name === chosen}
                    onClick={() => onChoose(each.name)}
                  >
                    {each.name}
                  </button>
                </li>
              ))}
              {packages.hasNextPage && (
                <li>
                  <MoreButton query={packages} small quiet />
                </li>
              )}
            </ul>
          )}
        </Loaded>
      </div>
    </>
  );
}

function Revisions({
  bucket,
  name,
  onChoose,
}: {
  bucket: string;
  name: string;
  onChoose: (topHash: string) => void;
}) {
  const revisions = useInfiniteQuery(queries.revisions(useServices(), bucket, name));
  return (
    <div className={styles.list}>
      <Loaded query={revisions} label={t.loadingRevisions} lines={4}>
        {data => (
          <ul aria-label={t.revisions}>
            {itemsOf(data).map((each, index) => (
              <li key={each.tag}>
                <button
                  type="button"
                  onClick={() => onChoose(each.top_hash)}
                  disabled={each.state !== "ready"}
                >
                  <span>
                    {each.message ?? t.noMessage} {index === 0 && <Chip kind="accent">{t.latest}</Chip>}
                    {each.state !== "ready" && <Chip kind="danger">{stateWord(each.state)}</Chip>}
                  </span>
                  <span className={styles.sub}>
                    <code>{each.top_hash.slice(0, 8)}</code> · {t.filesTotalEntries(each.total_entries)} ·{" "}
                    <Ago at={each.pushed_at} />
                  </span>
                </button>
              </li>
            ))}
            {revisions.hasNextPage && (
              <li>
                <MoreButton query={revisions} small quiet />
              </li>
            )}
          </ul>
        )}
      </Loaded>
    </div>
  );
}
