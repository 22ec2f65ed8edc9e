/** What is shown instead of content: nothing yet, nothing at all, or trouble. */
import { AlertTriangle, Ban, CloudOff, Hourglass, SearchX } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { errorMessage, RequestError, type Trouble } from "@/lib/errors";
import { Button, ButtonLink } from "./Button";
import styles from "./States.module.css";

const SLOW_MILLISECONDS = 5_000;

export function useAfter(milliseconds: number): boolean {
  const [passed, setPassed] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setPassed(true), milliseconds);
    return () => clearTimeout(timer);
  }, [milliseconds]);
  return passed;
}

/** Grey lines where text will be. */
export function Loading({ rows = 6, label = "Loading" }: { rows?: number; label?: string }) {
  const slow = useAfter(SLOW_MILLISECONDS);
  return (
    <div className={styles.loading}>
      <div role="status" className={slow ? styles.slow : "hidden"}>
        {slow ? "This takes longer than usual; still waiting for an answer…" : `${label}…`}
      </div>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className={styles.line} data-width={index % 4} />
      ))}
    </div>
  );
}

export function Empty({
  title,
  children,
  icon,
  action,
}: {
  title: string;
  children?: ReactNode;
  icon?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className={styles.state}>
      {icon && <div className={styles.icon}>{icon}</div>}
      <h2>{title}</h2>
      {children && <div className={styles.about}>{children}</div>}
      {action && <div className={styles.actions}>{action}</div>}
    </div>
  );
}

const TITLES: Record<Trouble, string> = {
  unauthenticated: "You are signed out",
  forbidden: "You may not see this",
  missing: "Nothing here",
  conflict: "That conflicts with what is there",
  "too-large": "That is too large",
  "too-many": "Too many requests",
  refused: "That cannot be done",
  broken: "The server had a problem",
  unreachable: "No connection",
  slow: "No answer",
  unloaded: "This page could not be loaded",
};

const ADVICE: Partial<Record<Trouble, string>> = {
  forbidden: "Ask an administrator for access, or sign in as somebody else.",
  missing: "It may have been removed or renamed, or your role does not include it.",
  broken: "Trying again often helps. If it does not, tell your administrator.",
  unreachable: "Check your connection. If it is fine, the service is down for the moment.",
  slow: "The service is busy. Try again in a moment.",
};

const ICONS: Partial<Record<Trouble, ReactNode>> = {
  forbidden: <Ban size={22} />,
  missing: <SearchX size={22} />,
  "too-many": <Hourglass size={22} />,
  slow: <Hourglass size={22} />,
  unreachable: <CloudOff size={22} />,
};

/** Says what happened, and tries again: by hand, or by itself when the server says when. */
export function Failure({ error, retry }: { error: unknown; retry?: () => unknown }) {
  const failure =
    error instanceof RequestError
      ? error
      : new RequestError({
          status: 0,
          trouble: "broken",
          message: "This page failed because of a bug in the catalog.",
        });
  const wait = failure.trouble === "too-many" ? (failure.retryAfter ?? 5) : null;
  return (
    <div className={styles.state} role="alert">
      <div className={styles.icon}>{ICONS[failure.trouble] ?? <AlertTriangle size={22} />}</div>
      <h2>{TITLES[failure.trouble]}</h2>
      <div className={styles.about}>
        <p>{failure.message}</p>
        {ADVICE[failure.trouble] && <p>{ADVICE[failure.trouble]}</p>}
        {failure.requestId && (
          <p>
            Request <code>{failure.requestId}</code>
          </p>
        )}
      </div>
      <div className={styles.actions}>
        {retry &&
          (wait === null ? (
            <Button onClick={() => void retry()}>Try again</Button>
          ) : (
            <Countdown key={failure.message} seconds={wait} then={retry} />
          ))}
        {failure.trouble === "missing" && (
          <ButtonLink to="/" kind="quiet">
            Home
          </ButtonLink>
        )}
      </div>
    </div>
  );
}

function Countdown({ seconds, then }: { seconds: number; then: () => unknown }) {
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    if (left <= 0) {
      void then();
      return undefined;
    }
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
    // `then` is another function at every render; only the clock counts.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [left]);
  return (
    <Button onClick={() => setLeft(0)}>
      {left > 0 ? `Trying again in ${left} s · try now` : "Trying again…"}
    </Button>
  );
}

/** One line, beside what it is about. */
export function Notice({
  kind = "info",
  children,
}: {
  kind?: "info" | "warn" | "danger";
  children: ReactNode;
}) {
  return (
    <div className={styles.notice} data-kind={kind} role={kind === "danger" ? "alert" : undefined}>
      {children}
    </div>
  );
}

/** Why something that was tried on purpose failed; nothing when it did not. */
export function ErrorNotice({ error }: { error: unknown }) {
  if (!error) return null;
  return <Notice kind="danger">{errorMessage(error)}</Notice>;
}
