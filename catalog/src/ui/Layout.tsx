import type { ReactNode, Ref } from "react";
import { Link } from "react-router";
import { t } from "@/language/en/ui/parts";
import { useBrand } from "./brand";
import styles from "./Layout.module.css";

/** A page's content; `title` is the window's. */
export function Page({
  title,
  children,
  narrow = false,
  dense = false,
}: {
  title: string;
  children: ReactNode;
  narrow?: boolean;
  /** With little above the content. */
  dense?: boolean;
}) {
  const { name } = useBrand();
  return (
    <div className={styles.page} data-narrow={narrow || undefined} data-dense={dense || undefined}>
      <title>{`${title} · ${name}`}</title>
      {children}
    </div>
  );
}

export function Head({
  above,
  title,
  about,
  children,
}: {
  above?: ReactNode;
  title: ReactNode;
  about?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <div className={styles.head}>
      <div className={styles.titles}>
        {above}
        <h1>{title}</h1>
        {about && <div className={styles.about}>{about}</div>}
      </div>
      {children && <div className={styles.tools}>{children}</div>}
    </div>
  );
}

export function Panel({
  title,
  tools,
  toolsRef,
  children,
  padded = false,
  label,
}: {
  title?: ReactNode;
  tools?: ReactNode;
  /** Gets the element for tools that the content makes. */
  toolsRef?: Ref<HTMLDivElement>;
  children: ReactNode;
  padded?: boolean;
  label?: string;
}) {
  return (
    <section className={styles.panel} aria-label={label}>
      {(title ?? tools) && (
        <div className={styles.panelHead}>
          {title && <h2>{title}</h2>}
          {tools && <div className={styles.tools}>{tools}</div>}
          {toolsRef && <div className={styles.tools} ref={toolsRef} />}
        </div>
      )}
      <div className={padded ? styles.padded : undefined}>{children}</div>
    </section>
  );
}

/** Content and, where there is room, what is said about it beside it; `wide`: below it, as wide as the window. */
export function Columns({
  children,
  aside,
  wide = false,
}: {
  children: ReactNode;
  aside: ReactNode;
  wide?: boolean;
}) {
  return (
    <div className={styles.columns} data-wide={wide || undefined}>
      <div className={styles.main}>{children}</div>
      <aside className={styles.aside}>{aside}</aside>
    </div>
  );
}

export interface CrumbStep {
  label: string;
  to?: string;
}

export function Crumbs({ steps }: { steps: readonly CrumbStep[] }) {
  return (
    <nav aria-label={t.breadcrumb} className={styles.crumbs}>
      <ol>
        {steps.map((step, index) => (
          <li key={index}>
            {step.to && index < steps.length - 1 ? (
              <Link to={step.to}>{step.label || "∅"}</Link>
            ) : (
              <span aria-current={index === steps.length - 1 ? "page" : undefined}>{step.label || "∅"}</span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

export function Facts({
  facts,
}: {
  facts: readonly (readonly [string, ReactNode] | null | undefined | false | "")[];
}) {
  return (
    <dl className={styles.facts}>
      {facts.map(
        fact =>
          fact && (
            <div key={fact[0]}>
              <dt>{fact[0]}</dt>
              <dd>{fact[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

export function Chip({
  children,
  kind,
}: {
  children: ReactNode;
  kind?: "warn" | "danger" | "accent" | undefined;
}) {
  return (
    <span className={styles.chip} data-kind={kind}>
      {children}
    </span>
  );
}
