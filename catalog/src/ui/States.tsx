/** What is shown instead of content: nothing yet, nothing at all, or trouble. */
import { AlertTriangle, Ban, CloudOff, Hourglass, SearchX } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { t } from "@/language/en/ui";
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
export function Loading({ rows = 6, label = t.loading }: { rows?: number; label?: string }) {
  const slow = useAfter(SLOW_MILLISECONDS);
  return (
    <div className={styles.loading}>
      <div role="status" className={slow ? styles.slow : "hidden"}>
        {slow ? t.takesLongerThan : `${label}…`}
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

const titles = (): Record<Trouble, string> => ({
  unauthenticated: t.signedOut,
  forbidden: t.mayNotSee,
  missing: t.nothing,
  conflict: t.conflicts,
  "too-large": t.tooLarge,
  "too-many": t.tooManyRequests,
  refused: t.cannotDone,
  broken: t.serverProblem,
  unreachable: t.noConnection,
  slow: t.noAnswer,
  unloaded: t.pageCouldNot,
});

const advice = (): Partial<Record<Trouble, string>> => ({
  forbidden: t.askAdministratorAccess,
  missing: t.mayBeenRemoved,
  broken: t.tryingAgainOften,
  unreachable: t.checkConnectionFine,
  slow: t.serviceBusyTry,
});

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
          message: t.pageFailedBecause,
        });
  const wait = failure.trouble === "too-many" ? (failure.retryAfter ?? 5) : null;
  return (
    <div className={styles.state} role="alert">
      <div className={styles.icon}>{ICONS[failure.trouble] ?? <AlertTriangle size={22} />}</div>
      <h2>{titles()[failure.trouble]}</h2>
      <div className={styles.about}>
        <p>{failure.message}</p>
        {advice()[failure.trouble] && <p>{advice()[failure.trouble]}</p>}
        {failure.requestId && (
          <p>
            {t.request} <code>{failure.requestId}</code>
          </p>
        )}
      </div>
      <div className={styles.actions}>
        {retry &&
          (wait === null ? (
            <Button onClick={() => void retry()}>{t.tryAgain}</Button>
          ) : (
            <Countdown key={failure.message} seconds={wait} then={retry} />
          ))}
        {failure.trouble === "missing" && (
          <ButtonLink to="/" kind="quiet">
            {t.home}
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
  return <Button onClick={() => setLeft(0)}>{left > 0 ? t.tryingAgainS(left) : t.tryingAgain}</Button>;
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
