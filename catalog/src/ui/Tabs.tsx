import { type ReactNode, useEffect, useRef } from "react";
import { NavLink, useLocation } from "react-router";
import styles from "./Tabs.module.css";

export interface Tab {
  to: string;
  label: string;
  icon: ReactNode;
  end?: boolean;
}

/** The way from one of several pages to the others. */
export function Tabs({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  const nav = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  // On a phone the present tab may be out of sight.
  useEffect(() => {
    const current = nav.current?.querySelector<HTMLElement>("[aria-current]");
    if (nav.current && current)
      nav.current.scrollLeft = current.offsetLeft - (nav.current.clientWidth - current.clientWidth) / 2;
  }, [pathname]);
  return (
    <nav aria-label={label} className={styles.tabs} ref={nav}>
      {tabs.map(tab => (
        <NavLink key={tab.to} to={tab.to} end={tab.end ?? false}>
          {tab.icon}
          {tab.label}
        </NavLink>
      ))}
    </nav>
  );
}
