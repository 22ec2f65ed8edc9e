/** What a page would lose when somebody leaves it: the browser and the catalog ask before they do. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { Location } from "react-router";

/** A text that is not saved, or work that leaving stops. */
export type Loss = "text" | "work";

interface Guard {
  loss: Loss;
  /** The parameter of the address that keeps an editor open; without it, the editor has a page of its own. */
  parameter: string | null;
}

const guards = new Set<Guard>();

/** What is lost on the way from one address to another; null when nothing is. */
export function lossBetween(from: Location, to: Location): Loss | null {
  const lost = [...guards].filter(
    ({ parameter }) =>
      from.pathname !== to.pathname || (parameter !== null && !new URLSearchParams(to.search).has(parameter)),
  );
  return lost.find(guard => guard.loss === "text")?.loss ?? lost[0]?.loss ?? null;
}

/** Asks before people leave while `isActive`. The function lets them go once: what was at stake is saved. */
export function useLeaveGuard(
  isActive: boolean,
  { loss = "text", parameter = null }: { loss?: Loss; parameter?: string | null } = {},
): () => void {
  const current = useRef<Guard | null>(null);
  /** Who stays nevertheless, and has written more, is asked again. */
  const [released, setReleased] = useState(0);
  useEffect(() => {
    if (!isActive) return undefined;
    const guard = { loss, parameter };
    current.current = guard;
    guards.add(guard);
    const warn = (event: BeforeUnloadEvent) => {
      if (guards.has(guard)) event.preventDefault();
    };
    addEventListener("beforeunload", warn);
    return () => {
      guards.delete(guard);
      removeEventListener("beforeunload", warn);
    };
  }, [isActive, loss, parameter, released]);
  return useCallback(() => {
    if (current.current) guards.delete(current.current);
    setReleased(times => times + 1);
  }, []);
}

interface FormGuard {
  /** The present values are on their way. What is typed until they are saved is not among them. */
  send: () => void;
  /** Lets people go: what was sent is saved. */
  letGo: () => void;
}

/** The same for the values of a form, which are compared with those that it opened with or that were saved last. */
export function useFormGuard(values: unknown, isSent = false): FormGuard {
  const now = JSON.stringify(values);
  const [saved, setSaved] = useState(now);
  const sent = useRef(now);
  const letGo = useLeaveGuard(now !== saved && !isSent);
  return {
    send: () => {
      sent.current = now;
    },
    letGo: () => {
      setSaved(sent.current);
      letGo();
    },
  };
}
