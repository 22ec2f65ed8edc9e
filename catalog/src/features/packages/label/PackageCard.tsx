import type { FoundItem } from "@/api/models";
import { t } from "@/language/en/features/packages/label";
import { bytes } from "@/lib/format";
import type { Meta } from "@/lib/metadata";
import { chipsOf } from "@/lib/labels";
import { packagePath } from "@/lib/paths";
import { CardLink } from "@/ui/CardLink";
import { Chip } from "@/ui/Layout";
import { Ago } from "@/ui/Measures";
import { PackageBlock } from "@/ui/PackageBlock";
import styles from "./PackageCard.module.css";

type FoundPackage = Extract<FoundItem, { kind: "package" }>;

/** A package as a label that is sewn on: its block, what it is, and how much. */
export function PackageCard({ item, withBucket = true }: { item: FoundPackage; withBucket?: boolean }) {
  const about = item.description ?? item.message;
  const chips = chipsOf(item.meta as Meta);
  const status = chips.find(({ key }) => /^(status|state|stage)$/i.test(key));
  const licence = chips.find(({ key }) => /^(licen[cs]e|spdx)$/i.test(key));
  return (
    <li className={styles.card}>
      <PackageBlock size={56} name={item.name} kinds={item.kinds} revisions={item.revisions} />
      <div className={styles.text}>
        <div className={styles.head}>
          <h3>
            <CardLink to={packagePath(item.bucket, item.name)}>{item.title ?? item.name}</CardLink>
          </h3>
          {status && <Chip>{status.value}</Chip>}
        </div>
        <p className={styles.name}>
          {withBucket && `${item.bucket} / `}
          {item.name}
        </p>
        {about && <p className={styles.about}>{about}</p>}
        <p className={styles.facts}>
          <span className="num">{t.filesTotalEntries(item.total_entries)}</span>
          <span className="num">{bytes(item.total_bytes)}</span>
          <span>
            <Ago at={item.modified} />
            {item.author && t.byAuthor(item.author)}
          </span>
          {licence && <span>{licence.value}</span>}
        </p>
      </div>
    </li>
  );
}
