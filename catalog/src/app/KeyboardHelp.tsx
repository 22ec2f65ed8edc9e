import { t } from "@/language/en/app/keyboard";
import { Modal, ModalActions } from "@/ui/Modal";
import styles from "./KeyboardHelp.module.css";

const makeKeys = () =>
  [
    [["/"], t.search],
    [["t"], t.goFilePackage],
    [["↑", "↓"], t.rowRowList],
    [[t.ctrl, t.enter], t.runQueryWritten],
    [[t.home, t.end], t.firstLastRow],
    [[t.esc], t.closeOpen],
    [["?"], t.list],
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
