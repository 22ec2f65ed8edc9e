import { type ReactNode, useEffect, useState } from "react";
import { Button } from "./Button";
import { Modal, ModalActions, ModalForm } from "./Modal";
import { ErrorNotice } from "./States";
import { useLeaveGuard } from "./useLeaveGuard";

/** What a form's button does; a mutation of the query library is one. */
export interface FormAction {
  isPending: boolean;
  isSuccess?: boolean;
  error: unknown;
}

/** A dialog with a form: sends it once at a time, and says above the fields why it failed. */
export function FormDialog({
  open = true,
  title,
  about,
  wide = false,
  submit,
  kind = "primary",
  disabled = false,
  action,
  error = action?.error,
  tools,
  onSubmit,
  onClose,
  children,
}: {
  open?: boolean;
  title: string;
  about?: ReactNode;
  wide?: boolean;
  /** What the button says that sends the form. */
  submit: string;
  kind?: "primary" | "danger";
  disabled?: boolean;
  action?: FormAction;
  /** The failure to show above the fields, where one of them shows the action's own. */
  error?: unknown;
  /** Further buttons beside the one that sends the form. */
  tools?: ReactNode;
  onSubmit: () => void;
  onClose: () => void;
  children?: ReactNode;
}) {
  const busy = action?.isPending ?? false;
  const [input, setInput] = useState<"none" | "typed" | "sent">("none");
  const hasNotBegun = input === "sent" && !busy && !action?.isSuccess;
  useEffect(() => {
    if (!hasNotBegun) return undefined;
    // A mutation says in the next turn that it has begun. What has not begun then was refused before it was sent, or has failed.
    const timer = setTimeout(() => setInput("typed"));
    return () => clearTimeout(timer);
  }, [hasNotBegun]);
  const letGo = useLeaveGuard(open && input === "typed" && !busy);
  return (
    <Modal open={open} onClose={onClose} title={title} about={about} wide={wide}>
      <ModalForm
        isSent={busy}
        onInput={() => setInput("typed")}
        onSubmit={() => {
          if (input === "typed") setInput("sent");
          letGo();
          onSubmit();
        }}
      >
        <ErrorNotice error={error} />
        {children}
        <ModalActions>
          {tools}
          <Button type="submit" kind={kind} busy={busy} disabled={disabled || busy}>
            {submit}
          </Button>
        </ModalActions>
      </ModalForm>
    </Modal>
  );
}
