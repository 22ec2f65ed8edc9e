/** Citations of a revision, to copy or to save. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { queries } from "@/api/queries";
import { useInstance } from "@/api/useInstance";
import { t } from "@/language/en/features/packages/download";
import { bibtex, cff, citationText, type Cited, citedMeta, ris } from "@/lib/citation";
import type { Meta } from "@/lib/metadata";
import { entryPath, nameOf } from "@/lib/paths";
import { useServices } from "@/s3/context";
import { saveText } from "@/lib/savedFiles";
import { Button } from "@/ui/Button";
import { CodeBlock } from "@/ui/Copy";
import { Loaded, together } from "@/ui/Loaded";
import { Modal, ModalActions } from "@/ui/Modal";
import { Switch } from "@/ui/Switch";
import { MAX_OFFERED_REVISIONS } from "../place";
import styles from "./CiteDialog.module.css";

const forms = () =>
  [
    ["text", t.text],
    ["bibtex", t.bibTeX],
    ["ris", "RIS"],
    ["cff", "CFF"],
  ] as const;
type Form = ReturnType<typeof forms>[number][0];

const WRITTEN: Record<Form, (cited: Cited) => string> = { text: citationText, bibtex, ris, cff };

function fileName(form: Form, name: string): string {
  if (form === "cff") return "CITATION.cff";
  return `${nameOf(name)}.${{ text: "txt", bibtex: "bib", ris: "ris" }[form]}`;
}

export function CiteDialog({
  bucket,
  name,
  topHash,
  onClose,
}: {
  bucket: string;
  name: string;
  topHash: string;
  onClose: () => void;
}) {
  const services = useServices();
  const { catalog } = useInstance();
  const [form, setForm] = useState<Form>("text");
  const found = together(
    useQuery(queries.package(services, bucket, name)),
    useQuery(queries.revision(services, bucket, name, topHash)),
    useQuery(queries.recentRevisions(services, bucket, name, MAX_OFFERED_REVISIONS)),
  );
  return (
    <Modal open wide onClose={onClose} title={t.citeRevision} about={t.citationNamesExactly}>
      <div className={styles.content}>
        <Switch label={t.form} options={forms()} value={form} onChange={setForm} />
        <Loaded query={found} label={t.readingKnown} lines={4}>
          {([about, revision, recent]) => {
            const push = recent.items.find(each => each.top_hash === topHash);
            const pushedAt = push?.pushed_at ?? (about.latest.top_hash === topHash ? about.modified : null);
            const text = WRITTEN[form]({
              title: about.title ?? name,
              name,
              topHash,
              pushedAt: pushedAt === null ? null : new Date(pushedAt),
              url: `${catalog.replace(/\/$/, "")}${entryPath(bucket, name, topHash)}`,
              abstract: about.description,
              ...citedMeta(revision.user_meta as Meta | null),
            });
            return (
              <>
                <CodeBlock label={forms().find(([each]) => each === form)?.[1] ?? ""} code={text.trimEnd()} />
                {form !== "text" && (
                  <div>
                    <Button small onClick={() => saveText(text, fileName(form, name))}>
                      {t.saveForm(fileName(form, name))}
                    </Button>
                  </div>
                )}
              </>
            );
          }}
        </Loaded>
      </div>
      <ModalActions cancel={t.close} />
    </Modal>
  );
}
