/** Asks once more before something that is not easily undone. */
import type { UseMutationResult } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Button } from "./Button";
import { FormDialog } from "./FormDialog";

export function ConfirmButton({
  label,
  title,
  about,
  action,
  icon,
  kind = "danger",
  small = false,
  disabled = false,
  done,
}: {
  label: string;
  title: string;
  about: ReactNode;
  action: Pick<UseMutationResult<unknown, Error, void>, "mutateAsync" | "isPending" | "error" | "reset">;
  icon?: ReactNode;
  kind?: "danger" | "plain";
  small?: boolean;
  disabled?: boolean;
  done?: () => void;
}) {
  const [open, setOpen] = useState(false);
  const close = () => {
    setOpen(false);
    if (action.error) action.reset();
  };
  const act = async () => {
    try {
      await action.mutateAsync();
    } catch {
      return; // shown
    }
    close();
    done?.();
  };
  return (
    <>
      <Button kind={kind} small={small} icon={icon} disabled={disabled} onClick={() => setOpen(true)}>
        {label}
      </Button>
      <FormDialog
        open={open}
        title={title}
        about={about}
        submit={label}
        kind={kind === "plain" ? "primary" : "danger"}
        action={action}
        onClose={close}
        onSubmit={() => void act()}
      />
    </>
  );
}
