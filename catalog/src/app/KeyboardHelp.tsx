import { Modal, ModalActions } from "@/ui/Modal";
import styles from "./KeyboardHelp.module.css";

const KEYS = [
  [["/"], "Search"],
  [["t"], "Go to a file of the package that is open"],
  [["↑", "↓"], "From row to row in a list"],
  [["Ctrl", "Enter"], "Run the query that is written"],
  [["Home", "End"], "To the first and the last row"],
  [["Esc"], "Close what is open"],
  [["?"], "This list"],
] as const;

export function KeyboardHelp({ onClose }: { onClose: () => void }) {
  return (
    <Modal open onClose={onClose} title="Keyboard shortcuts">
      <dl className={styles.keys}>
        {KEYS.map(([keys, meaning]) => (
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
      <ModalActions cancel="Close" />
    </Modal>
  );
}
