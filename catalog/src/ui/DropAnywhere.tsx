/** Files that are dropped anywhere on the window go where the page says, and never replace the page. */
import { Ban, Upload } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import styles from "./DropAnywhere.module.css";

interface Zone {
  /** Gives way to every other zone of the page. */
  fallback: boolean;
  setOver: (over: boolean) => void;
  take: ((data: DataTransfer) => void) | null;
}

const zones: Zone[] = [];
const current = () => zones.findLast(zone => !zone.fallback) ?? zones.at(-1);
const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true;

function onDragOver(event: DragEvent): void {
  if (!hasFiles(event) || !event.dataTransfer) return;
  event.preventDefault();
  const zone = current();
  event.dataTransfer.dropEffect = zone?.take ? "copy" : "none";
  zone?.setOver(true);
}

function onDragLeave(event: DragEvent): void {
  // To another element is not out of the window.
  if (!event.relatedTarget) current()?.setOver(false);
}

function onDrop(event: DragEvent): void {
  if (!hasFiles(event) || !event.dataTransfer) return;
  event.preventDefault();
  const zone = current();
  zone?.setOver(false);
  zone?.take?.(event.dataTransfer);
}

/** Without it, a browser leaves the page and opens the file. */
export function useDropGuard(): void {
  useEffect(() => {
    addEventListener("dragover", onDragOver);
    addEventListener("dragleave", onDragLeave);
    addEventListener("drop", onDrop);
    return () => {
      removeEventListener("dragover", onDragOver);
      removeEventListener("dragleave", onDragLeave);
      removeEventListener("drop", onDrop);
    };
  }, []);
}

/** `onDrop` null: nothing is taken, and `children` say why. */
export function DropAnywhere({
  children,
  onDrop: take,
  fallback = false,
}: {
  children: ReactNode;
  onDrop: ((data: DataTransfer) => void) | null;
  fallback?: boolean;
}) {
  const [over, setOver] = useState(false);
  const taking = useRef(take);
  useEffect(() => {
    taking.current = take;
  }, [take]);
  const isRefusing = take === null;
  useEffect(() => {
    const zone: Zone = {
      fallback,
      setOver,
      take: isRefusing ? null : data => taking.current?.(data),
    };
    zones.push(zone);
    return () => {
      zones.splice(zones.indexOf(zone), 1);
      setOver(false);
    };
  }, [fallback, isRefusing]);
  if (!over) return null;
  return (
    <div className={styles.over} data-refused={isRefusing || undefined} role="status">
      <div className={styles.label}>
        {isRefusing ? <Ban size={20} aria-hidden /> : <Upload size={20} aria-hidden />}
        <span>{children}</span>
      </div>
    </div>
  );
}
