import { useState } from "react";
import { t } from "@/language/en/preview/text";
import { bytes } from "@/lib/format";
import { nameOf } from "@/lib/paths";
import { Button } from "@/ui/Button";
import { Loaded } from "@/ui/Loaded";
import type { Answer } from "../answers";
import { useFile } from "../file";
import { useStoredBytes } from "./StoredText";
import styles from "./HexViewer.module.css";

const ROW_BYTES = 16;
const FIRST_BYTES = 4_096;
const MAX_BYTES = 262_144;

/** Bytes as they are stored: the last resort. */
export default function HexViewer({ answer }: { answer: Answer }) {
  const { member } = useFile();
  if (member !== undefined)
    return <Bytes of={answer.kind === "bytes" ? fromHex(answer.hexadecimal) : NONE} />;
  return <StoredBytes />;
}

const NONE = new Uint8Array();

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], pair => parseInt(pair, 16));
}

function StoredBytes() {
  const { size } = useFile();
  const [length, setLength] = useState(FIRST_BYTES);
  const slice = useStoredBytes(length);
  return (
    <Loaded query={slice} label={t.loadingBytes} lines={8}>
      {data => (
        <>
          <Bytes of={data.bytes} />
          <p className={styles.more}>
            <span className="num muted">{t.ofBytesSize(bytes(data.bytes.length), bytes(size))}</span>
            {!data.complete && length < MAX_BYTES && (
              <Button small onClick={() => setLength(Math.min(MAX_BYTES, length * 8))}>
                {t.more}
              </Button>
            )}
          </p>
        </>
      )}
    </Loaded>
  );
}

function Bytes({ of }: { of: Uint8Array }) {
  const { name } = useFile();
  const rows = Array.from({ length: Math.ceil(of.length / ROW_BYTES) }, (_, index) =>
    of.subarray(index * ROW_BYTES, (index + 1) * ROW_BYTES),
  );
  const column = (write: (row: Uint8Array, index: number) => string) => rows.map(write).join("\n");
  return (
    // Scrolls, so it must take the keyboard's focus.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.bytes} tabIndex={0} role="region" aria-label={t.bytesName(nameOf(name))}>
      <pre className={styles.offsets} aria-hidden="true">
        {column((_, index) => (index * ROW_BYTES).toString(16).padStart(8, "0"))}
      </pre>
      <pre>{column(row => [...row].map(byte => byte.toString(16).padStart(2, "0")).join(" "))}</pre>
      <pre>
        {column(row => String.fromCharCode(...[...row].map(byte => (byte > 31 && byte < 127 ? byte : 0x2e))))}
      </pre>
    </div>
  );
}
