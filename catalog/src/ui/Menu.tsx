import { Menu as Base } from "@base-ui/react/menu";
import type { ReactElement, ReactNode } from "react";
import styles from "./Menu.module.css";

export function Menu({
  label,
  trigger,
  button,
  children,
  className,
}: {
  label: string;
  trigger: ReactNode;
  /** What the trigger looks like, if not like a symbol. */
  button?: ReactElement;
  children: ReactNode;
  className?: string | undefined;
}) {
  const look = button ? { render: button } : { className: className ?? styles.trigger };
  return (
    <Base.Root modal={false}>
      <Base.Trigger {...look} aria-label={label}>
        {trigger}
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={6} align="end" className={styles.positioner}>
          <Base.Popup className={styles.popup}>{children}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export function MenuItem({
  icon,
  children,
  onClick,
}: {
  icon?: ReactNode;
  children: ReactNode;
  onClick: () => void;
}) {
  return (
    <Base.Item className={styles.item} onClick={() => onClick()}>
      {icon}
      {children}
    </Base.Item>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <div className={styles.label}>{children}</div>;
}

export function MenuLine() {
  return <Base.Separator className={styles.line} />;
}
