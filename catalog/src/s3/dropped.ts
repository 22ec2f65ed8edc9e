/** Files that somebody chose or dropped, with the paths that they have in their folders. */

export interface LocalFile {
  file: File;
  /** With slashes; without the folder's, the name. */
  path: string;
}

export const chosenFiles = (files: FileList | null): LocalFile[] =>
  [...(files ?? [])].map(file => ({ file, path: file.webkitRelativePath || file.name }));

/** Folders with everything in them. Must be called while the event lasts. */
export async function droppedFiles(data: DataTransfer): Promise<LocalFile[]> {
  const entries = [...data.items].map(item => item.webkitGetAsEntry());
  const plain = chosenFiles(data.files);
  if (entries.some(entry => entry === null)) return plain;
  const found = await Promise.all(entries.filter(entry => entry !== null).map(walk));
  return found.flat();
}

async function walk(entry: FileSystemEntry): Promise<LocalFile[]> {
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [{ file, path }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: LocalFile[] = [];
  // A reader gives some at a time, and nothing at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return found;
    for (const each of some) found.push(...(await walk(each)));
  }
}

/** Files that were dropped on one page and belong to the next. */
let handedOver: readonly LocalFile[] = [];

export function handOver(files: readonly LocalFile[]): void {
  handedOver = files;
}

/** Those that were handed over to this page; once. */
export function takeOver(): readonly LocalFile[] {
  const files = handedOver;
  handedOver = [];
  return files;
}
