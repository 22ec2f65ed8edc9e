/** Links to files, for download programs and for people without an account. */
import { useMutation } from "@tanstack/react-query";
import { Save } from "lucide-react";
import { useState } from "react";
import { t } from "@/language/en/features/packages/download";
import { useServices } from "@/s3/context";
import { saveText } from "@/lib/savedFiles";
import { type DownloadPlace, type LinkFormat, linksText } from "@/s3/downloads";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/Copy";
import { Choice } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { Notice } from "@/ui/States";
import styles from "./LinksDialog.module.css";

const formats = (): readonly (readonly [LinkFormat, string])[] => [
  ["jsonl", t.jsonLines],
  ["json", "JSON"],
  ["aria2", t.aria2Aria2cInput],
  ["wget", t.wgetWgetInput],
  ["metalink", t.metalink],
];
const lives = () =>
  [
    ["900", t.n15Minutes],
    ["3600", t.hour],
  ] as const;
const kinds = () =>
  [
    ["tickets", t.endSession],
    ["store", t.objectStoreNobody],
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
  const [seconds, setSeconds] = useState<ReturnType<typeof lives>[number][0]>("3600");
  const [kind, setKind] = useState<ReturnType<typeof kinds>[number][0]>("tickets");
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
      title={t.linksFiles2}
      about={t.whoeverLinkReads}
      submit={made ? t.makeNewLinks : t.makeLinks}
      action={make}
      onSubmit={() => make.mutate()}
      onClose={onClose}
      tools={
        made && (
          <>
            <CopyButton text={made.text} label={t.copy} />
            <Button icon={<Save size={15} />} onClick={() => saveText(made.text, made.fileName)}>
              {t.saveFile}
            </Button>
          </>
        )
      }
    >
      <div className={styles.choices}>
        <Choice label={t.format} options={formats()} value={format} onChange={change(setFormat)} />
        <Choice label={t.valid} options={lives()} value={seconds} onChange={change(setSeconds)} />
      </div>
      <Choice label={t.kind} options={kinds()} value={kind} onChange={change(setKind)} />
      {kind === "store" && <Notice kind="warn">{t.linksCannotWithdrawn}</Notice>}
      {made && <Made text={made.text} />}
      {use && <p className={styles.use}>{t.downloadUse(<code>{use}</code>)}</p>}
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
          {t.linesLines(lines)}
          {isCut && t.firstShown}
        </span>
      </figcaption>
      {/* Scrolls, so it must take the keyboard's focus. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} aria-label={t.links}>
        {isCut ? `${text.slice(0, text.lastIndexOf("\n", MAX_SHOWN_CHARACTERS) + 1)}…` : text}
      </pre>
    </figure>
  );
}
