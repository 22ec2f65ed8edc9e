import type { AnchorHTMLAttributes, ButtonHTMLAttributes, ReactNode } from "react";
import { Link, type LinkProps } from "react-router";
import styles from "./Button.module.css";

type Kind = "primary" | "plain" | "quiet" | "danger";

interface Look {
  kind?: Kind;
  small?: boolean;
  icon?: ReactNode;
}

const look = ({ kind = "plain", small }: Look, extra?: string) =>
  [styles.button, styles[kind], small && styles.small, extra].filter(Boolean).join(" ");

export function Button({
  kind,
  small,
  icon,
  busy = false,
  className,
  children,
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & Look & { busy?: boolean }) {
  return (
    <button
      type="button"
      {...rest}
      className={look({ kind, small }, className)}
      aria-busy={busy || undefined}
      disabled={rest.disabled ?? busy}
    >
      {busy ? <span className={styles.spinner} /> : icon}
      {children}
    </button>
  );
}

export function ButtonLink({ kind, small, icon, className, children, ...rest }: LinkProps & Look) {
  return (
    <Link {...rest} className={look({ kind, small }, className)}>
      {icon}
      {children}
    </Link>
  );
}

/** Leads out of the catalog. */
export function ButtonAnchor({
  kind,
  small,
  icon,
  className,
  children,
  ...rest
}: AnchorHTMLAttributes<HTMLAnchorElement> & Look) {
  return (
    <a {...rest} className={look({ kind, small }, className)}>
      {icon}
      {children}
    </a>
  );
}

export function IconButton({
  label,
  children,
  className,
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { label: string }) {
  return (
    <button
      type="button"
      {...rest}
      className={[styles.icon, className].filter(Boolean).join(" ")}
      aria-label={label}
      title={label}
    >
      {children}
    </button>
  );
}
