import { Braces, File, FileArchive, FileText, Folder, Image, Table2 } from "lucide-react";
import { extensionOf } from "@/lib/paths";
import styles from "./FileIcon.module.css";

const ICONS = {
  table: Table2,
  image: Image,
  text: FileText,
  code: Braces,
  archive: FileArchive,
} as const;

const KINDS: Record<string, keyof typeof ICONS> = Object.fromEntries(
  (
    [
      ["table", "csv tsv tab xlsx xls parquet feather arrow"],
      ["image", "png jpg jpeg gif webp svg avif bmp tif tiff ico"],
      ["text", "md txt rst log pdf doc docx"],
      ["code", "json geojson jsonl ndjson yaml yml toml xml html js ts py r sql ipynb sh"],
      ["archive", "zip gz tgz bz2 xz zst 7z tar"],
    ] as const
  ).flatMap(([kind, extensions]) => extensions.split(" ").map(extension => [extension, kind] as const)),
);

export function FileIcon({ name }: { name: string }) {
  const kind = KINDS[extensionOf(name)];
  const Icon = kind ? ICONS[kind] : File;
  return <Icon size={16} strokeWidth={1.75} />;
}

export function FolderIcon() {
  return <Folder size={16} strokeWidth={1.75} className={styles.folder} />;
}
