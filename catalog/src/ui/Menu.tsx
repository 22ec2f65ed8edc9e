/** A button that opens a menu. The library that draws menus comes when the pointer or the focus is on one of the buttons. */
import {
  type ButtonHTMLAttributes,
  cloneElement,
  createContext,
  lazy,
  type MouseEventHandler,
  type ReactElement,
  type ReactNode,
  Suspense,
  use,
  useEffect,
  useRef,
  useState,
} from "react";
import styles from "./Menu.module.css";

interface MenuProps {
  label: string;
  trigger: ReactNode;
  /** What the trigger looks like, if not like a symbol. */
  button?: ReactElement;
  children: ReactNode;
  className?: string | undefined;
}

const library = () => import("./menuLibrary");

interface ItemProps {
  className: string | undefined;
  onClick: MouseEventHandler;
  children: ReactNode;
}

/** Draws an item: until the library is there, as a button. */
const ItemContext = createContext((props: ItemProps): ReactNode => <button type="button" {...props} />);

/** Where the library cannot be loaded, the choices stand below the button. */
const LoadedMenu = lazy(async () => {
  try {
    const parts = await library();
    return { default: (props: MenuProps) => <OpenedMenu {...props} parts={parts} /> };
  } catch {
    return { default: PlainMenu };
  }
});

export function Menu(props: MenuProps) {
  const [isWanted, setWanted] = useState(false);
  const button = <PlainTrigger {...props} onWant={() => setWanted(true)} />;
  return <Suspense fallback={button}>{isWanted ? <LoadedMenu {...props} /> : button}</Suspense>;
}

function PlainTrigger({
  label,
  trigger,
  button = <button type="button" />,
  className = styles.trigger,
  isOpen = false,
  onWant,
}: MenuProps & { isOpen?: boolean; onWant: () => void }) {
  const load = () => void library().catch(() => undefined);
  const look = button.type === "button" ? { className } : {};
  return cloneElement(
    button as ReactElement<ButtonHTMLAttributes<HTMLButtonElement>>,
    {
      ...look,
      "aria-label": label,
      "aria-haspopup": "menu",
      "aria-expanded": isOpen,
      onPointerEnter: load,
      onFocus: load,
      onClick: onWant,
      onKeyDown: event => {
        if (event.key !== "ArrowDown") return;
        event.preventDefault();
        onWant();
      },
    },
    trigger,
  );
}

/** It opens when it comes, since it was asked for. */
function OpenedMenu({
  label,
  trigger,
  button,
  children,
  className,
  parts: { Root, Trigger, Portal, Positioner, Popup, Item },
}: MenuProps & { parts: typeof import("./menuLibrary") }) {
  const element = useRef<HTMLButtonElement>(null);
  const wasOpened = useRef(false);
  useEffect(() => {
    if (wasOpened.current) return;
    wasOpened.current = true;
    element.current?.focus();
    element.current?.click();
  }, []);
  const look = button ? { render: button } : { className: className ?? styles.trigger };
  return (
    <ItemContext value={props => <Item {...props} />}>
      <Root modal={false}>
        <Trigger {...look} ref={element} aria-label={label}>
          {trigger}
        </Trigger>
        <Portal>
          <Positioner sideOffset={6} align="end" className={styles.positioner}>
            <Popup className={styles.popup}>{children}</Popup>
          </Positioner>
        </Portal>
      </Root>
    </ItemContext>
  );
}

function PlainMenu(props: MenuProps) {
  const [isOpen, setOpen] = useState(true);
  const drawItem = ({ onClick, ...item }: ItemProps) => {
    const choose: MouseEventHandler = event => {
      setOpen(false);
      onClick(event);
    };
    return <button type="button" {...item} onClick={choose} />;
  };
  return (
    <>
      <PlainTrigger {...props} isOpen={isOpen} onWant={() => setOpen(!isOpen)} />
      {isOpen && (
        <ItemContext value={drawItem}>
          <div className={styles.popup} role="group" aria-label={props.label}>
            {props.children}
          </div>
        </ItemContext>
      )}
    </>
  );
}

export function MenuItem({
  icon,
  children,
  onClick,
}: {
  icon?: ReactNode;
  children: ReactNode;
  onClick: () => void;
}) {
  const draw = use(ItemContext);
  const content = (
    <>
      {icon}
      {children}
    </>
  );
  return draw({ className: styles.item, onClick: () => onClick(), children: content });
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <div className={styles.label}>{children}</div>;
}

export function MenuLine() {
  return <div role="separator" className={styles.line} />;
}
