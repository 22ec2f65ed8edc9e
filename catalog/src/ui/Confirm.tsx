/** Asks once more before something that is not easily undone. */
import type { UseMutationResult } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { Button } from "./Button";
import { Modal, ModalActions, ModalForm } from "./Modal";
import { Notice, said } from "./States";

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
      <Modal open={open} onClose={close} title={title} about={about}>
        <ModalForm onSubmit={() => void act()}>
          {action.error && <Notice kind="danger">{said(action.error)}</Notice>}
          <ModalActions>
            <Button type="submit" kind={kind === "plain" ? "primary" : "danger"} busy={action.isPending}>
              {label}
            </Button>
          </ModalActions>
        </ModalForm>
      </Modal>
    </>
  );
}
