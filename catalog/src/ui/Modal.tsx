/** A dialog that its owner opens and closes. */
import { Dialog } from "@base-ui/react/dialog";
import type { ReactNode } from "react";
import { t } from "@/language/en/ui/parts";
import { Button } from "./Button";
import styles from "./Modal.module.css";
import { useSentForm } from "./useSentForm";

export function Modal({
  open,
  onClose,
  title,
  about,
  wide = false,
  children,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  about?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}) {
  return (
    <Dialog.Root open={open} onOpenChange={now => !now && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.backdrop} />
        <Dialog.Popup className={styles.popup} data-wide={wide || undefined}>
          <Dialog.Title className={styles.title}>{title}</Dialog.Title>
          {about && (
            <Dialog.Description render={<div />} className={styles.about}>
              {about}
            </Dialog.Description>
          )}
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

export function ModalForm({
  isSent = false,
  onSubmit,
  onInput,
  children,
}: {
  /** Its values are on their way. */
  isSent?: boolean;
  onSubmit: () => void;
  onInput?: () => void;
  children: ReactNode;
}) {
  const form = useSentForm(isSent);
  return (
    <form
      ref={form}
      noValidate
      className={styles.form}
      onInput={onInput}
      onSubmit={event => {
        event.preventDefault();
        // A dialog's form stands in its page's form as far as React's events go.
        event.stopPropagation();
        onSubmit();
      }}
    >
      {children}
    </form>
  );
}

export function ModalActions({ children, cancel = t.cancel }: { children?: ReactNode; cancel?: string }) {
  return (
    <div className={styles.actions}>
      <Dialog.Close render={<Button kind="quiet" />}>{cancel}</Dialog.Close>
      {children}
    </div>
  );
}
