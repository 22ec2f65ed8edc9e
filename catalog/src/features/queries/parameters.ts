/** Values for the `$parameters` of a statement, as fields have them and as the registry gets them. */
import type { ParameterType, ParameterValue, SavedParameter } from "@/api/sqlQueries";
import { t } from "@/language/en/features/queries";
import { parameterNames } from "@/lib/sql";

export interface TypedParameter {
  type: ParameterType;
  /** As it stands in its field; empty: no value. */
  text: string;
}

export type TypedParameters = Readonly<Record<string, TypedParameter>>;

export const parameterTypes = () =>
  [
    ["text", t.text],
    ["number", t.number],
    ["boolean", t.yesNo],
    ["date", t.date],
  ] as const satisfies readonly (readonly [ParameterType, string])[];

export const textOf = (value: ParameterValue | undefined) =>
  value === null || value === undefined ? "" : String(value);

function typeOf(value: ParameterValue | undefined): ParameterType {
  if (typeof value === "number") return "number";
  if (typeof value === "boolean") return "boolean";
  return "text";
}

/** A field for each parameter of the statement, with what is known of it. */
export function parametersOf(
  sql: string,
  typed: TypedParameters,
  values: Readonly<Record<string, ParameterValue>>,
  saved: readonly SavedParameter[],
): (SavedParameter & TypedParameter)[] {
  return parameterNames(sql).map(name => {
    const known = saved.find(each => each.name === name);
    const value = name in values ? values[name] : known?.default;
    const type = typed[name]?.type ?? known?.type ?? typeOf(value);
    return {
      name,
      type,
      text: typed[name]?.text ?? textOf(value),
      default: known?.default ?? null,
      description: known?.description ?? "",
    };
  });
}

/** What is sent; a field without a value is a missing one. */
export function valueOf({ type, text }: TypedParameter): ParameterValue {
  if (text === "") return null;
  if (type === "boolean") return text === "true";
  if (type === "number" && text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
  return text;
}

export const valuesOf = (parameters: readonly (SavedParameter & TypedParameter)[]) =>
  Object.fromEntries(parameters.map(each => [each.name, valueOf(each)]));

/** Why a value does not fit its type; null when it does. */
export function faultOf({ type, text }: TypedParameter): string | null {
  return type === "number" && text !== "" && !Number.isFinite(Number(text)) ? t.notNumber : null;
}
