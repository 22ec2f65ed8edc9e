/** A file of the package in a frame of its own: its title leads to its page. */
import { ChevronDown, ChevronUp } from "lucide-react";
import { type CSSProperties, lazy, type ReactNode, Suspense, useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import type { PackageFile } from "@/api/models";
import { useBucket } from "@/api/queries";
import { t } from "@/language/en/features/packages/data";
import { entryPath, nameOf } from "@/lib/paths";
import type { ShownFile } from "@/preview/file";
import { HeightContext } from "@/preview/height";
import type { Place } from "@/preview/place";
import { Preview } from "@/preview/Preview";
import { useNear } from "@/preview/useNear";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { FileIcon } from "@/ui/FileIcon";
import { Loading, Notice } from "@/ui/States";
import { type PackageLocation, packagePlace, sourceOf, targetOf } from "../place";
import styles from "./ShownEntry.module.css";

const REPORT_HEIGHT = "520px";
/** Of a table's height, what is not rows. */
const TABLE_BARS = "56px";

const Markdown = lazy(() => import("@/preview/markdown/Markdown"));

export interface ShownOptions {
  title?: string | null;
  description?: string | null;
  isExpanded?: boolean;
  height?: string | null;
  view?: Record<string, string>;
}

/** What is common to files of the package and objects elsewhere. */
export function FileCard({
  name,
  to,
  file,
  place,
  options: { title, description, isExpanded = false, height = null, view },
}: {
  name: string;
  to: string;
  /** Null for a file that cannot be read. */
  file: ShownFile | null;
  place: Place;
  options: ShownOptions;
}) {
  const [near, isNear] = useNear<HTMLElement>();
  return (
    <section ref={near} className={styles.card} aria-label={title ?? name}>
      <header className={styles.head}>
        <h2>
          <FileIcon name={name} />
          <Link to={to}>{title ?? name}</Link>
        </h2>
        {title && <span className={styles.path}>{name}</span>}
      </header>
      {description && (
        <div className={styles.description}>
          <Suspense fallback={null}>
            <Markdown source={description} place={place} />
          </Suspense>
        </div>
      )}
      {!file ? (
        <Notice kind="warn">{t.mayNotRead}</Notice>
      ) : isNear ? (
        <HeightContext value={height ?? (/\.html?$/i.test(name) ? REPORT_HEIGHT : null)}>
          <Folded isOpenAtFirst={isExpanded || /\.html?$/i.test(name)} height={height}>
            <Preview plain {...file} {...(view ? { first: view } : {})} />
          </Folded>
        </HeightContext>
      ) : (
        <Loading rows={8} label={t.readingFile} />
      )}
    </section>
  );
}

export function ShownEntry({
  where,
  file,
  options = {},
}: {
  where: PackageLocation;
  file: PackageFile;
  options?: ShownOptions;
}) {
  const services = useServices();
  const { bucket, name, reference } = where;
  const { data: about } = useBucket(bucket);
  const target = targetOf(services, where, file, about?.level);
  const place = packagePlace(services, where, file.path, about?.level);
  const shown = { source: sourceOf(where, file), name: file.path, size: file.size, place };
  return (
    <FileCard
      name={nameOf(file.path)}
      to={entryPath(bucket, name, reference, file.path)}
      file={target && file.accessible ? { ...shown, target } : null}
      place={place}
      options={options}
    />
  );
}

const heightStyle = (height: string): CSSProperties & Record<`--${string}`, string> => ({
  maxHeight: height,
  overflow: "auto",
  "--grid-height": `calc(${height} - ${TABLE_BARS})`,
});

/** Long content is cut until somebody wants the rest. */
function Folded({
  isOpenAtFirst,
  height,
  children,
}: {
  isOpenAtFirst: boolean;
  height: string | null;
  children: ReactNode;
}) {
  const content = useRef<HTMLDivElement>(null);
  const [isOpen, setIsOpen] = useState(isOpenAtFirst);
  const [isLong, setIsLong] = useState(false);
  useEffect(() => {
    const { current } = content;
    if (!current || isOpenAtFirst || height !== null) return undefined;
    const observer = new ResizeObserver(() =>
      setIsLong(current.scrollHeight > current.clientHeight + 1 || isOpen),
    );
    observer.observe(current);
    for (const child of current.children) observer.observe(child);
    return () => observer.disconnect();
  }, [isOpen, isOpenAtFirst, height]);
  return (
    <>
      <div
        ref={content}
        className={styles.content}
        data-folded={(!isOpen && height === null) || undefined}
        data-cut={(isLong && !isOpen) || undefined}
        style={height === null ? undefined : heightStyle(height)}
      >
        <div>{children}</div>
      </div>
      {isLong && (
        <div className={styles.unfold}>
          <Button
            small
            kind="quiet"
            icon={isOpen ? <ChevronUp size={14} /> : <ChevronDown size={14} />}
            onClick={() => setIsOpen(!isOpen)}
          >
            {isOpen ? t.showLess : t.showAll}
          </Button>
        </div>
      )}
    </>
  );
}
