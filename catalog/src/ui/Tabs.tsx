import { type ReactNode, useEffect, useRef } from "react";
import { Link, NavLink, useLocation } from "react-router";
import styles from "./Tabs.module.css";

export interface Tab {
  to: string;
  label: string;
  icon: ReactNode;
  end?: boolean;
  /** Where the path alone does not tell. */
  isCurrent?: boolean;
}

/** The way from one of several pages to the others. */
export function Tabs({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  const nav = useRef<HTMLElement>(null);
  const { pathname, search } = useLocation();
  // On a phone the present tab may be out of sight.
  useEffect(() => {
    const current = nav.current?.querySelector<HTMLElement>("[aria-current]");
    if (nav.current && current)
      nav.current.scrollLeft = current.offsetLeft - (nav.current.clientWidth - current.clientWidth) / 2;
  }, [pathname, search]);
  return (
    <nav aria-label={label} className={styles.tabs} ref={nav}>
      {tabs.map(tab =>
        tab.isCurrent === undefined ? (
          <NavLink key={tab.to} to={tab.to} end={tab.end ?? false}>
            {tab.icon}
            {tab.label}
          </NavLink>
        ) : (
          <Link key={tab.to} to={tab.to} aria-current={tab.isCurrent ? "page" : undefined}>
            {tab.icon}
            {tab.label}
          </Link>
        ),
      )}
    </nav>
  );
}
