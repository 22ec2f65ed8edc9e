import { Choice, Field } from "@/ui/Field";
import type { ParameterType, SavedParameter } from "@/api/sqlQueries";
import { t } from "@/language/en/features/queries";
import { faultOf, parameterTypes, type TypedParameter } from "./parameters";
import styles from "./ParameterFields.module.css";

/** The values of a statement's parameters; `onType`: their types can be chosen, too. */
export function ParameterFields({
  parameters,
  onText,
  onType,
}: {
  parameters: readonly (SavedParameter & TypedParameter)[];
  onText: (name: string, text: string) => void;
  onType?: (name: string, type: ParameterType) => void;
}) {
  return (
    <div className={styles.fields} role="group" aria-label={t.parameters}>
      {parameters.map(each => (
        <div key={each.name} className={styles.parameter}>
          <Value parameter={each} onText={text => onText(each.name, text)} />
          {onType && (
            <Choice<ParameterType>
              label={t.typeName(each.name)}
              options={parameterTypes()}
              value={each.type}
              onChange={type => onType(each.name, type)}
            />
          )}
        </div>
      ))}
    </div>
  );
}

const yesOrNo = () =>
  [
    ["", "–"],
    ["true", t.yes],
    ["false", t.no],
  ] as const;

function Value({
  parameter,
  onText,
}: {
  parameter: SavedParameter & TypedParameter;
  onText: (text: string) => void;
}) {
  const { name, type, text, description } = parameter;
  const help = description || undefined;
  if (type === "boolean")
    return (
      <Choice
        label={name}
        options={yesOrNo()}
        value={yesOrNo().find(([each]) => each === text)?.[0] ?? ""}
        onChange={onText}
        help={help}
      />
    );
  return (
    <Field
      label={name}
      type={type === "date" ? "date" : "text"}
      inputMode={type === "number" ? "decimal" : undefined}
      value={text}
      help={help}
      error={faultOf(parameter)}
      autoComplete="off"
      onChange={event => onText(event.target.value)}
    />
  );
}
