import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ArrowUpFromLine, History, Send, Trash2 } from "lucide-react";
import { Link } from "react-router";
import type { PackageActivity } from "@/api/models";
import { queries } from "@/api/queries";
import { t } from "@/language/en/features/packages/activity";
import { perLanguage } from "@/language/language";
import { absolute } from "@/lib/format";
import { itemsOf } from "@/lib/pages";
import { usePackageName } from "@/lib/params";
import { comparePath, entryPath } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Page, Panel } from "@/ui/Layout";
import { ListStates, MoreButton } from "@/ui/ListStates";
import { Ago, Hash } from "@/ui/Measures";
import { Empty } from "@/ui/States";
import { PackageHeader } from "../label/PackageHeader";
import { PackageTabs } from "../PackageTabs";
import styles from "./ActivityPage.module.css";

/** What people did with a package, by days. */
export function ActivityPage() {
  const { bucket, name } = usePackageName();
  const services = useServices();
  const about = useQuery(queries.package(services, bucket, name));
  const activity = useInfiniteQuery(queries.activity(services, bucket, name));
  const days = byDays(itemsOf(activity.data));
  return (
    <Page title={t.activityName(name)} dense>
      <PackageHeader bucket={bucket} name={name} about={about.data} />
      <PackageTabs bucket={bucket} name={name} reference="latest" path="" current="activity" />
      <Panel label={t.activity}>
        <ListStates
          query={activity}
          loading={t.loadingActivity}
          count={days.length}
          empty={<Empty title={t.noActivity} icon={<History size={22} />} />}
        >
          {days.map(({ day, items }) => (
            <section key={day} className={styles.day} aria-label={day}>
              <h2>{day}</h2>
              <ol>
                {items.map((item, index) => (
                  <Item key={index} item={item} bucket={bucket} name={name} />
                ))}
              </ol>
            </section>
          ))}
          {activity.hasNextPage && (
            <div className={styles.more}>
              <MoreButton query={activity} label={t.showMore} />
            </div>
          )}
        </ListStates>
      </Panel>
    </Page>
  );
}

const fullDay = perLanguage(locale => new Intl.DateTimeFormat(locale, { dateStyle: "full" }));

function byDays(items: readonly PackageActivity[]): { day: string; items: PackageActivity[] }[] {
  const days: { day: string; items: PackageActivity[] }[] = [];
  for (const item of items) {
    const day = fullDay().format(new Date(item.at));
    const last = days.at(-1);
    if (last?.day === day) last.items.push(item);
    else days.push({ day, items: [item] });
  }
  return days;
}

const ICONS = {
  push: <ArrowUpFromLine size={15} />,
  promotion: <Send size={15} />,
  revision_deletion: <Trash2 size={15} />,
  package_deletion: <Trash2 size={15} />,
} as const;

const done = () =>
  ({
    push: t.pushed,
    promotion: t.promoted,
    revision_deletion: t.deleted,
    package_deletion: t.deletedPackage,
  }) as const;

function Item({ item, bucket, name }: { item: PackageActivity; bucket: string; name: string }) {
  const { kind, top_hash: topHash, tag } = item;
  return (
    <li className={styles.item} data-kind={kind}>
      <span className={styles.icon}>{ICONS[kind]}</span>
      <div className={styles.text}>
        <p>
          <b>{item.user ?? t.somebody}</b> {done()[kind]}{" "}
          {topHash !== null ? (
            item.is_present ? (
              <Link to={entryPath(bucket, name, topHash)}>
                <Hash of={topHash} />
              </Link>
            ) : (
              <Hash of={topHash} />
            )
          ) : (
            kind !== "package_deletion" && t.revision
          )}
          {kind === "push" && item.through === "client" && <span className="muted">{t.client}</span>}
          {kind === "push" && item.through === "registry" && (
            <span className="muted">{t.throughRegistry}</span>
          )}
          {!item.is_present && kind !== "package_deletion" && kind !== "revision_deletion" && (
            <span className="muted">{t.deletedSince}</span>
          )}
        </p>
        {item.message && <p className={styles.message}>{item.message}</p>}
        {tag !== null && item.is_present && (
          <p className={styles.links}>
            <Link to={comparePath({ bucket, name, reference: tag })}>{t.changes}</Link>
            <span>{t.tagTag(<code>{tag}</code>)}</span>
          </p>
        )}
      </div>
      <span className={styles.when} title={absolute(new Date(item.at))}>
        <Ago at={item.at} />
      </span>
    </li>
  );
}
