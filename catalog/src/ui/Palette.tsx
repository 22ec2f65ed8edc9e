/** A field over the page with what it finds below: arrow keys choose, Enter opens, Escape closes. */
import { Dialog } from "@base-ui/react/dialog";
import { Search } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { t } from "@/language/en/ui/parts";
import styles from "./Palette.module.css";

export interface PaletteOption {
  id: string;
  content: ReactNode;
}

export function Palette({
  label,
  typed,
  onType,
  options,
  onChoose,
  onClose,
  status,
  children,
}: {
  label: string;
  typed: string;
  onType: (typed: string) => void;
  options: readonly PaletteOption[];
  onChoose: (id: string) => void;
  onClose: () => void;
  /** How many there are, also for who does not see them. */
  status: string;
  /** Below the options. */
  children?: ReactNode;
}) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const [active, setActive] = useState(0);
  const at = Math.min(active, options.length - 1);
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Enter") {
      event.preventDefault();
      const option = options[at];
      if (option) onChoose(option.id);
      return;
    }
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 10, PageUp: at - 10 }[event.key];
    if (to === undefined || options.length === 0) return;
    event.preventDefault();
    // Arrows go round, pages do not.
    const end = options.length - 1;
    if (event.key.startsWith("Page")) setActive(Math.min(Math.max(to, 0), end));
    else setActive(to < 0 ? end : to > end ? 0 : to);
  };
  return (
    <Dialog.Root open onOpenChange={open => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.backdrop} />
        <Dialog.Popup className={styles.popup} aria-label={label} initialFocus={input}>
          <div className={styles.field}>
            <Search size={16} />
            <input
              ref={input}
              type="text"
              role="combobox"
              aria-label={label}
              aria-expanded={options.length > 0}
              aria-controls={`${id}-list`}
              aria-autocomplete="list"
              aria-activedescendant={options.length > 0 ? `${id}-${at}` : undefined}
              placeholder={label}
              value={typed}
              spellCheck={false}
              autoComplete="off"
              onChange={event => {
                setActive(0);
                onType(event.target.value);
              }}
              onKeyDown={onKey}
            />
            <Dialog.Close className={styles.close} aria-label={t.escClose}>
              <kbd>Esc</kbd>
            </Dialog.Close>
          </div>
          <div id={`${id}-list`} ref={list} role="listbox" aria-label={label} className={styles.options}>
            {options.map((option, index) => (
              // The field has the keyboard; presses choose directly.
              // eslint-disable-next-line jsx-a11y/click-events-have-key-events
              <div
                key={option.id}
                id={`${id}-${index}`}
                role="option"
                tabIndex={-1}
                aria-selected={index === at}
                className={styles.option}
                onMouseDown={event => event.preventDefault()}
                onMouseMove={() => setActive(index)}
                onClick={() => onChoose(option.id)}
              >
                {option.content}
              </div>
            ))}
          </div>
          <div className={styles.foot}>
            <span role="status">{status}</span>
            {children}
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
