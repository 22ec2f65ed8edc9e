import { t } from "@/language/en/ui/parts";
import { Button } from "./Button";
import { Modal, ModalActions } from "./Modal";

export interface LeaveQuestion {
  title: string;
  about: string;
  /** What the button says that keeps everything. */
  stay: string;
  onStay: () => void;
  onLeave: () => void;
}

/** Asks whether somebody wants to leave what is not saved. */
export function LeaveDialog({ title, about, stay, onStay, onLeave }: LeaveQuestion) {
  return (
    <Modal open title={title} about={about} onClose={onStay}>
      <ModalActions cancel={stay}>
        <Button kind="danger" onClick={onLeave}>
          {t.leave}
        </Button>
      </ModalActions>
    </Modal>
  );
}
