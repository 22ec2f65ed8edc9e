import { useQueryClient } from "@tanstack/react-query";
import { FileSearch } from "lucide-react";
import { useDeferredValue, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { useNavigate } from "react-router";
import { t } from "@/language/en/features/packages/goto";
import { errorMessage } from "@/lib/errors";
import { bestPaths, typedFolder } from "@/lib/fileSearch";
import { count } from "@/lib/format";
import { entryPath, nameOf, parentOf } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { Button } from "@/ui/Button";
import { FileIcon } from "@/ui/FileIcon";
import { Palette } from "@/ui/Palette";
import { useHotkey } from "@/ui/useHotkey";
import type { PackageLocation } from "../place";
import styles from "./GoToFile.module.css";
import { MAX_LISTINGS, PackageWalk } from "./walk";

type Where = Omit<PackageLocation, "path"> & {
  /** Requests without asking. */
  maxListings?: number;
};

/** Finds a file of the revision by a few letters of its path; `t` does the same as the button. */
export function GoToFile(where: Where) {
  const [open, setOpen] = useState(false);
  useHotkey("t", () => setOpen(true));
  return (
    <>
      <Button
        icon={<FileSearch size={15} />}
        aria-keyshortcuts="t"
        title={t.goFileT}
        onClick={() => setOpen(true)}
      >
        {t.goFile}
      </Button>
      {open && <FilePalette {...where} close={() => setOpen(false)} />}
    </>
  );
}

const MAX_SHOWN = 50;

function FilePalette({
  bucket,
  name,
  reference,
  revision,
  maxListings = MAX_LISTINGS,
  close,
}: Where & { close: () => void }) {
  const queryClient = useQueryClient();
  const { client } = useServices();
  const navigate = useNavigate();
  const [walk] = useState(
    () => new PackageWalk(queryClient, client, { bucket, name, topHash: revision.top_hash }, maxListings),
  );
  useEffect(() => {
    walk.start();
    return () => walk.stop();
  }, [walk]);
  const { count: known, phase, error } = useSyncExternalStore(walk.subscribe, walk.state);
  const [typed, setTyped] = useState("");
  const folder = typedFolder(typed);
  useEffect(() => walk.prefer(folder), [walk, folder]);
  const wanted = useDeferredValue(typed);
  const counting = useDeferredValue(known);
  const { found, total } = useMemo(
    () => bestPaths(counting === 0 ? [] : walk.files, wanted, MAX_SHOWN),
    [walk, wanted, counting],
  );
  const all = revision.total_entries;
  return (
    <Palette
      label={t.goFile}
      typed={typed}
      onType={setTyped}
      options={found.map(path => ({ id: path, content: <Path path={path} /> }))}
      onChoose={path => {
        close();
        void navigate(entryPath(bucket, name, reference, path));
      }}
      onClose={close}
      status={statusOf(phase, { total, known, all, typed: wanted })}
    >
      {phase === "paused" && (
        <Button small onClick={() => walk.more()}>
          {t.lookFurther}
        </Button>
      )}
      {phase === "failed" && (
        <>
          <span role="alert">{errorMessage(error)}</span>
          <Button small onClick={() => walk.more()}>
            {t.tryAgain}
          </Button>
        </>
      )}
    </Palette>
  );
}

function statusOf(
  phase: "walking" | "whole" | "paused" | "failed",
  { total, known, all, typed }: { total: number; known: number; all: number; typed: string },
): string {
  const found = typed.trim() ? (total === 0 ? t.noFileFound : t.fileFounds(total)) : t.filesKnown(known);
  const progress = {
    whole: "",
    walking: t.lookedKnownAll(count(known), count(all)),
    paused: t.lookedTypeFolder(count(known), count(all)),
    failed: "",
  }[phase];
  return found + progress;
}

function Path({ path }: { path: string }) {
  return (
    <span className={styles.path}>
      <FileIcon name={path} />
      <span>
        <span className={styles.folder}>{parentOf(path)}</span>
        {nameOf(path)}
      </span>
    </span>
  );
}
