import { t } from "@/language/en/app";
import { Modal, ModalActions } from "@/ui/Modal";
import styles from "./KeyboardHelp.module.css";

const makeKeys = () =>
  [
    [["/"], t.search],
    [["t"], t.goToAFileOfThe],
    [["↑", "↓"], t.fromRowToRowInA],
    [[t.ctrl, t.enter], t.runTheQueryThatIsWritten],
    [[t.home, t.end], t.toTheFirstAndTheLast],
    [[t.esc], t.closeWhatIsOpen],
    [["?"], t.thisList],
  ] as const;

export function KeyboardHelp({ onClose }: { onClose: () => void }) {
  return (
    <Modal open onClose={onClose} title={t.keyboardShortcuts}>
      <dl className={styles.keys}>
        {makeKeys().map(([keys, meaning]) => (
          <div key={meaning}>
            <dt>
              {keys.map(key => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <ModalActions cancel={t.close} />
    </Modal>
  );
}
