/** All ways to take a revision, a folder or chosen files home. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { ChevronDown, Code, Download, FileArchive, FolderDown, Link2, Printer, Quote } from "lucide-react";
import { useState } from "react";
import { keys } from "@/api/keys";
import { t } from "@/language/en/features/packages/download";
import { bytes, count } from "@/lib/format";
import { errorMessage } from "@/lib/errors";
import { startDownload } from "@/lib/savedFiles";
import { useServices } from "@/s3/context";
import {
  type ArchiveFormat,
  archiveUrl,
  describeArchive,
  type DownloadPlace,
  requireReadable,
} from "@/s3/downloads";
import { canPickFolder, pickFolder } from "@/s3/saving";
import { Button } from "@/ui/Button";
import { Menu, MenuItem, MenuLabel, MenuLine } from "@/ui/Menu";
import { CiteDialog } from "./CiteDialog";
import { CodeDialog } from "./CodeDialog";
import { FolderSavingDialog } from "./FolderSavingDialog";
import { LinksDialog } from "./LinksDialog";
import styles from "./DownloadMenu.module.css";

export interface Totals {
  entries: number;
  bytes: number;
}

type Opened =
  | { kind: "links" }
  | { kind: "code" }
  | { kind: "citation" }
  | { kind: "folder"; folder: FileSystemDirectoryHandle };

/** `reference`: the revision as the address has it. `totals`: null where only the registry can add them up. */
export function DownloadMenu({
  place,
  reference,
  totals,
  primary = false,
}: {
  place: DownloadPlace;
  reference: string;
  totals: Totals | null;
  primary?: boolean;
}) {
  const services = useServices();
  const [opened, setOpened] = useState<Opened | null>(null);
  const download = useMutation({
    mutationFn: async (format: ArchiveFormat) => {
      const url = await archiveUrl(services, place, format);
      await requireReadable(url);
      startDownload(url);
    },
  });
  const save = useMutation({
    mutationFn: async () => {
      const folder = await pickFolder();
      if (folder) setOpened({ kind: "folder", folder });
    },
  });
  if (services.config.noDownload) return null;
  const failure = download.error ?? save.error;
  const close = () => setOpened(null);
  const label = place.paths ? t.downloadChosen(count(place.paths.length)) : t.download;
  return (
    <>
      {failure && (
        <span className="muted" role="alert">
          {errorMessage(failure)}
        </span>
      )}
      <Menu
        label={label}
        trigger={
          <>
            {label}
            <ChevronDown size={14} />
          </>
        }
        button={
          <Button
            kind={primary ? "primary" : "plain"}
            small={!primary}
            icon={<Download size={15} />}
            busy={download.isPending}
          />
        }
      >
        <Items
          place={place}
          totals={totals}
          onArchive={format => download.mutate(format)}
          onFolder={() => save.mutate()}
          onLinks={() => setOpened({ kind: "links" })}
          onCode={() => setOpened({ kind: "code" })}
          onCitation={() => setOpened({ kind: "citation" })}
        />
      </Menu>
      {opened?.kind === "links" && <LinksDialog place={place} onClose={close} />}
      {opened?.kind === "code" && <CodeDialog place={place} reference={reference} onClose={close} />}
      {opened?.kind === "citation" && (
        <CiteDialog bucket={place.bucket} name={place.name} topHash={place.topHash} onClose={close} />
      )}
      {opened?.kind === "folder" && (
        <FolderSavingDialog place={place} folder={opened.folder} onClose={close} />
      )}
    </>
  );
}

/** Sizes are asked for when the menu opens. Folders have their totals; only archives of the whole and of choices are exact. */
function Items({
  place,
  totals,
  onArchive,
  onFolder,
  onLinks,
  onCode,
  onCitation,
}: {
  place: DownloadPlace;
  totals: Totals | null;
  onArchive: (format: ArchiveFormat) => void;
  onFolder: () => void;
  onLinks: () => void;
  onCode: () => void;
  onCitation: () => void;
}) {
  const services = useServices();
  const { bucket, name, topHash, paths } = place;
  const sizes = useQuery({
    queryKey: keys.archive(bucket, name, topHash, paths ?? []),
    queryFn: ({ signal }) => describeArchive(services, place, "tar", signal),
    enabled: !place.path,
    staleTime: 600_000,
    retry: false,
  });
  const known = sizes.data ? { entries: sizes.data.entries, bytes: sizes.data.content_bytes } : totals;
  const isEmpty = known?.entries === 0;
  const about = (exact: number | undefined) =>
    exact === undefined ? (totals ? t.aboutBytes(bytes(totals.bytes)) : "") : bytes(exact);
  return (
    <>
      <MenuLabel>
        {known
          ? `${t.filesEntries(known.entries)}, ${bytes(known.bytes)}`
          : sizes.isError
            ? errorMessage(sizes.error)
            : t.addingUp}
      </MenuLabel>
      {!isEmpty && (
        <>
          <MenuItem icon={<FileArchive size={15} />} onClick={() => onArchive("zip")}>
            <Way what={t.zipArchive} size={about(sizes.data?.zip_bytes)} />
          </MenuItem>
          <MenuItem icon={<FileArchive size={15} />} onClick={() => onArchive("tar")}>
            <Way what={t.tarArchiveCan} size={about(sizes.data?.tar_bytes)} />
          </MenuItem>
          {canPickFolder() && (
            <MenuItem icon={<FolderDown size={15} />} onClick={onFolder}>
              {t.saveFilesFolder}
            </MenuItem>
          )}
          <MenuLine />
          <MenuItem icon={<Link2 size={15} />} onClick={onLinks}>
            {t.linksFiles}
          </MenuItem>
          <MenuItem icon={<Code size={15} />} onClick={onCode}>
            {t.commandsCode2}
          </MenuItem>
          {!place.path && !place.paths && (
            <>
              <MenuLine />
              <MenuItem icon={<Quote size={15} />} onClick={onCitation}>
                {t.cite}
              </MenuItem>
              <MenuItem icon={<Printer size={15} />} onClick={() => setTimeout(() => window.print())}>
                {t.printPage}
              </MenuItem>
            </>
          )}
        </>
      )}
    </>
  );
}

function Way({ what, size }: { what: string; size: string }) {
  return (
    <span className={styles.way}>
      {what} <span className={styles.size}>{size}</span>
    </span>
  );
}
