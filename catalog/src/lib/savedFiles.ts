/** Files that the browser saves: its own list of downloads shows them. */

/** How long the browser may take to read what it saves. */
const KEPT_MILLISECONDS = 60_000;

export function startDownload(url: string, name?: string): void {
  const anchor = document.createElement("a");
  anchor.href = url;
  if (name !== undefined) anchor.download = name;
  anchor.click();
}

export const saveText = (text: string, name: string): void => saveBlob(new Blob([text]), name);

export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  startDownload(url, name);
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MILLISECONDS);
}
