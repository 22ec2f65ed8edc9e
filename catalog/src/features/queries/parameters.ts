/** Values for the `$parameters` of a statement, as fields have them and as the registry gets them. */
import type { ParameterType, ParameterValue, SavedParameter } from "@/api/sqlQueries";
import { t } from "@/language/en/features/queries";
import { exactNumberFrom, typedNumber } from "@/lib/format";
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

const textOf = (type: ParameterType, value: ParameterValue | undefined) => {
  if (value === null || value === undefined) return "";
  return type === "number" ? typedNumber(String(value)) : String(value);
};

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
      text: typed[name]?.text ?? textOf(type, value),
      default: known?.default ?? null,
      description: known?.description ?? "",
    };
  });
}

/** What is sent if there is no fault; a field without a value is a missing one. */
export function valueOf({ type, text }: TypedParameter): ParameterValue {
  if (text === "") return null;
  if (type === "boolean") return text === "true";
  const number = type === "number" ? exactNumberFrom(text) : null;
  return typeof number === "number" ? number : text;
}

export const valuesOf = (parameters: readonly (SavedParameter & TypedParameter)[]) =>
  Object.fromEntries(parameters.map(each => [each.name, valueOf(each)]));

/** Why a value does not fit its type; null when it does. */
export function faultOf({ type, text }: TypedParameter): string | null {
  if (type !== "number" || text === "") return null;
  const found = exactNumberFrom(text);
  if (found === "ambiguous") {
    const digits = text.trim();
    return t.ambiguousNumber(digits.replace(/[.,]/, ""), typedNumber(digits.replace(",", ".")));
  }
  return found === null ? t.notNumber : null;
}
