import { type Tab, Tabs } from "./Tabs";
import styles from "./Section.module.css";

/** What several pages have above them: what they are about, and the way from one to the other. */
export function Section({ title, tabs }: { title: string; tabs: readonly Tab[] }) {
  return (
    <div className={styles.band}>
      <div className={styles.inner}>
        <div className={styles.heading}>{title}</div>
        <Tabs label={title} tabs={tabs} />
      </div>
    </div>
  );
}
