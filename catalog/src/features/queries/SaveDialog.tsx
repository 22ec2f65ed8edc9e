import { useState } from "react";
import { type SavedParameter, type SavedQuery, type SavedQueryChange, useSaveQuery } from "@/api/sqlQueries";
import { t } from "@/language/en/features/queries";
import { Area, Check, Field } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { Button } from "@/ui/Button";
import { type TypedParameter, valueOf } from "./parameters";
import styles from "./SaveDialog.module.css";

/** Keeps a statement under a name; `saved`: what it was saved as before, which its owner may replace. */
export function SaveDialog({
  sql,
  parameters,
  chart,
  saved,
  onSaved,
  onClose,
}: {
  sql: string;
  parameters: readonly (SavedParameter & TypedParameter)[];
  chart: SavedQueryChange["chart"];
  saved: SavedQuery | null;
  onSaved: (saved: SavedQuery) => void;
  onClose: () => void;
}) {
  const [name, setName] = useState(saved?.name ?? "");
  const [description, setDescription] = useState(saved?.description ?? "");
  const [shared, setShared] = useState(saved?.shared ?? false);
  const [keepsChart, setKeepsChart] = useState(chart !== null);
  const [about, setAbout] = useState<Record<string, string>>({});
  const save = useSaveQuery();
  const describe = (each: SavedParameter) => about[each.name] ?? each.description;
  const submit = (id: string | null) => {
    const body: SavedQueryChange = {
      name: name.trim(),
      description: description.trim(),
      sql,
      parameters: parameters.map(each => ({
        name: each.name,
        type: each.type,
        default: valueOf(each),
        description: describe(each),
      })),
      chart: keepsChart ? chart : null,
      shared,
    };
    save.mutate({ id, body }, { onSuccess: onSaved });
  };
  return (
    <FormDialog
      wide
      title={saved ? t.saveChanges : t.saveQuery}
      about={t.savedQueriesName}
      submit={saved ? t.replace : t.save}
      disabled={name.trim() === ""}
      action={save}
      tools={
        saved && (
          <Button disabled={save.isPending || name.trim() === ""} onClick={() => submit(null)}>
            {t.saveAnother}
          </Button>
        )
      }
      onSubmit={() => submit(saved?.id ?? null)}
      onClose={onClose}
    >
      <Field label={t.name} required value={name} onChange={event => setName(event.target.value)} />
      <Area
        label={t.description}
        rows={2}
        value={description}
        help={t.answersWhenCan}
        onChange={event => setDescription(event.target.value)}
      />
      {parameters.length > 0 && (
        <fieldset className={styles.parameters}>
          <legend>{t.parametersMean}</legend>
          {parameters.map(each => (
            <Field
              key={each.name}
              label={each.name}
              value={describe(each)}
              help={each.text ? t.unlessAnotherValue(each.text) : t.noValueUnless}
              onChange={event => setAbout({ ...about, [each.name]: event.target.value })}
            />
          ))}
        </fieldset>
      )}
      {chart !== null && <Check label={t.chart2} checked={keepsChart} onChange={setKeepsChart} />}
      <Check label={t.sharedEverybodySigned} checked={shared} onChange={setShared} />
    </FormDialog>
  );
}
