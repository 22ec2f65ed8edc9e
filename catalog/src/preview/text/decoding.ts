/** Bytes as text. */

/** The text, or null when the bytes are none. `complete`: whether nothing was cut off. */
export function textOf(bytes: Uint8Array, complete: boolean): string | null {
  const utf16 =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? "utf-16le"
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? "utf-16be"
        : null;
  if (utf16) return new TextDecoder(utf16).decode(bytes);
  if (bytes.subarray(0, 8_192).includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: !complete });
  } catch {
    // Not UTF-8; text in an older encoding has few control characters.
    const control = bytes
      .subarray(0, 8_192)
      .filter(byte => byte < 32 && ![9, 10, 12, 13, 27].includes(byte)).length;
    return control > 0 ? null : new TextDecoder("windows-1252").decode(bytes);
  }
}

/** A text that may end within a line, to its last whole line. */
export function wholeLines(text: string): string {
  const end = text.lastIndexOf("\n");
  return end > 0 ? text.slice(0, end + 1) : text;
}
