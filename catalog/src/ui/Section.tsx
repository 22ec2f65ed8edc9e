import { useEffect, useRef, type ReactNode } from "react";
import { NavLink, useLocation } from "react-router";
import styles from "./Section.module.css";

export interface Tab {
  to: string;
  label: string;
  icon: ReactNode;
  end?: boolean;
}

/** What several pages have above them: what they are about, and the way from one to the other. */
export function Section({ title, tabs }: { title: string; tabs: readonly Tab[] }) {
  const nav = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  // On a phone the present tab may be out of sight.
  useEffect(() => {
    const current = nav.current?.querySelector<HTMLElement>("[aria-current]");
    if (nav.current && current)
      nav.current.scrollLeft = current.offsetLeft - (nav.current.clientWidth - current.clientWidth) / 2;
  }, [pathname]);
  return (
    <div className={styles.band}>
      <div className={styles.inner}>
        <div className={styles.heading}>{title}</div>
        <nav aria-label={title} className={styles.tabs} ref={nav}>
          {tabs.map(tab => (
            <NavLink key={tab.to} to={tab.to} end={tab.end ?? false}>
              {tab.icon}
              {tab.label}
            </NavLink>
          ))}
        </nav>
      </div>
    </div>
  );
}
