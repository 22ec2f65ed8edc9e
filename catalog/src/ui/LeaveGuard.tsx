/** Stops people who follow a link away from what is not saved, until they have answered. */
import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import { type BlockerFunction, useBlocker } from "react-router";
import { t } from "@/language/en/ui";
import type { LeaveQuestion } from "./LeaveDialog";
import { type Loss, lossBetween } from "./useLeaveGuard";

const words = (): Record<Loss, Pick<LeaveQuestion, "title" | "about" | "stay">> => ({
  text: {
    title: t.leaveWithoutSaving,
    about: t.changedPageNot,
    stay: t.keepEditing,
  },
  work: {
    title: t.leaveBeforeFinished,
    about: t.pageStillWorking,
    stay: t.stay,
  },
});

/** Where the dialog's code cannot be loaded, the browser asks. */
const LeaveDialog = lazy(async () => {
  const { LeaveDialog: Dialog } = await import("./LeaveDialog").catch(() => ({ LeaveDialog: PlainQuestion }));
  return { default: Dialog };
});

export function LeaveGuard() {
  const [loss, setLoss] = useState<Loss>("text");
  const blocker = useBlocker(
    useCallback<BlockerFunction>(({ currentLocation, nextLocation }) => {
      const found = lossBetween(currentLocation, nextLocation);
      if (found) setLoss(found);
      return found !== null;
    }, []),
  );
  if (blocker.state !== "blocked") return null;
  return (
    <Suspense>
      <LeaveDialog {...words()[loss]} onStay={() => blocker.reset()} onLeave={() => blocker.proceed()} />
    </Suspense>
  );
}

function PlainQuestion({ title, about, onStay, onLeave }: LeaveQuestion) {
  useEffect(() => {
    if (confirm(`${title} ${about}`)) onLeave();
    else onStay();
    // Once for each question.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  return null;
}
