/** Links to files, for download programs and for people without an account. */
import { useMutation } from "@tanstack/react-query";
import { Save } from "lucide-react";
import { useState } from "react";
import { counted } from "@/lib/format";
import { useServices } from "@/s3/context";
import { type DownloadPlace, type LinkFormat, linksText, saveText } from "@/s3/downloads";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/Copy";
import { Choice } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { Notice } from "@/ui/States";
import styles from "./LinksDialog.module.css";

const FORMATS: readonly (readonly [LinkFormat, string])[] = [
  ["jsonl", "JSON Lines"],
  ["json", "JSON"],
  ["aria2", "aria2 (aria2c --input-file)"],
  ["wget", "wget (wget --input-file)"],
  ["metalink", "Metalink"],
];
const LIVES = [
  ["900", "15 minutes"],
  ["3600", "an hour"],
] as const;
const KINDS = [
  ["tickets", "They end with your session"],
  ["store", "From the object store; nobody can withdraw them"],
] as const;
const MAX_SHOWN_CHARACTERS = 4_000;

/** How programs make files of a list, where that is not plain. */
const USES: Partial<Record<LinkFormat, (fileName: string, revocable: boolean) => string>> = {
  aria2: name => `aria2c --max-concurrent-downloads 8 --continue --input-file ${name}`,
  // To continue, wget asks with HEAD, which the store's links do not permit. Their paths are keys, not names in the package.
  wget: (name, revocable) =>
    revocable
      ? `wget --continue --content-disposition --force-directories --no-host-directories --cut-dirs 6 --input-file ${name}`
      : `wget --content-disposition --force-directories --no-host-directories --input-file ${name}`,
  metalink: name => `aria2c --metalink-file ${name}`,
};

export function LinksDialog({ place, onClose }: { place: DownloadPlace; onClose: () => void }) {
  const services = useServices();
  const [format, setFormat] = useState<LinkFormat>("jsonl");
  const [seconds, setSeconds] = useState<(typeof LIVES)[number][0]>("3600");
  const [kind, setKind] = useState<(typeof KINDS)[number][0]>("tickets");
  const make = useMutation({
    mutationFn: () =>
      linksText(services, place, { format, seconds: Number(seconds), revocable: kind === "tickets" }),
  });
  const change =
    <Value,>(set: (value: Value) => void) =>
    (value: Value) => {
      make.reset();
      set(value);
    };
  const made = make.data;
  const use = made && USES[format]?.(made.fileName, kind === "tickets");
  return (
    <FormDialog
      wide
      title="Links to the files"
      about="Whoever has a link reads that file, without an account. At most 10,000 files."
      submit={made ? "Make new links" : "Make links"}
      action={make}
      onSubmit={() => make.mutate()}
      onClose={onClose}
      tools={
        made && (
          <>
            <CopyButton text={made.text} label="Copy" />
            <Button icon={<Save size={15} />} onClick={() => saveText(made.text, made.fileName)}>
              Save as a file
            </Button>
          </>
        )
      }
    >
      <div className={styles.choices}>
        <Choice label="Format" options={FORMATS} value={format} onChange={change(setFormat)} />
        <Choice label="Valid for" options={LIVES} value={seconds} onChange={change(setSeconds)} />
      </div>
      <Choice label="Kind" options={KINDS} value={kind} onChange={change(setKind)} />
      {kind === "store" && (
        <Notice kind="warn">
          These links cannot be withdrawn, not even by signing out. They end with your S3 credentials, which
          may be earlier.
        </Notice>
      )}
      {made && <Made text={made.text} />}
      {use && (
        <p className={styles.use}>
          Download them with <code>{use}</code>
        </p>
      )}
    </FormDialog>
  );
}

function Made({ text }: { text: string }) {
  const lines = text.split("\n").length - 1;
  const isCut = text.length > MAX_SHOWN_CHARACTERS;
  return (
    <figure className={styles.made}>
      <figcaption>
        <span role="status">
          {counted(lines, "line")}
          {isCut && ", of which the first are shown"}
        </span>
      </figcaption>
      {/* Scrolls, so it must take the keyboard's focus. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} aria-label="Links">
        {isCut ? `${text.slice(0, text.lastIndexOf("\n", MAX_SHOWN_CHARACTERS) + 1)}…` : text}
      </pre>
    </figure>
  );
}
