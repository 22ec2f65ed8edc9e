import { useCallback, useState } from "react";
import { type BlockerFunction, useBlocker } from "react-router";
import { Button } from "./Button";
import { Modal, ModalActions } from "./Modal";
import { type Loss, lossBetween } from "./useLeaveGuard";

const WORDS: Record<Loss, { title: string; about: string; stay: string }> = {
  text: {
    title: "Leave without saving?",
    about: "What you changed on this page is not saved, and will be lost.",
    stay: "Keep editing",
  },
  work: {
    title: "Leave before it is finished?",
    about: "This page is still working on files. It stops when you leave.",
    stay: "Stay here",
  },
};

/** Asks people who follow a link away from what is not saved. */
export function LeaveDialog() {
  const [loss, setLoss] = useState<Loss>("text");
  const blocker = useBlocker(
    useCallback<BlockerFunction>(({ currentLocation, nextLocation }) => {
      const found = lossBetween(currentLocation, nextLocation);
      if (found) setLoss(found);
      return found !== null;
    }, []),
  );
  const { title, about, stay } = WORDS[loss];
  return (
    <Modal
      open={blocker.state === "blocked"}
      title={title}
      about={about}
      onClose={() => blocker.state === "blocked" && blocker.reset()}
    >
      <ModalActions cancel={stay}>
        <Button kind="danger" onClick={() => blocker.state === "blocked" && blocker.proceed()}>
          Leave
        </Button>
      </ModalActions>
    </Modal>
  );
}
