import { Popover as Base } from "@base-ui/react/popover";
import type { ReactNode } from "react";
import { Button } from "./Button";
import styles from "./Popover.module.css";

/** What a button opens beside itself; Escape and a press elsewhere close it. */
export function Popover({
  label,
  icon,
  title,
  wide = false,
  children,
}: {
  /** What the button says. */
  label: string;
  icon?: ReactNode;
  /** The heading of what opens. */
  title: string;
  wide?: boolean;
  children: ReactNode;
}) {
  return (
    <Base.Root>
      <Base.Trigger render={<Button small icon={icon} />}>{label}</Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={6} align="end" className={styles.positioner}>
          <Base.Popup className={styles.popup} data-wide={wide || undefined}>
            <Base.Title className={styles.title}>{title}</Base.Title>
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
