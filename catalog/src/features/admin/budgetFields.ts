/** Budgets of a role's queries, as people type them. */
import type { Role } from "@/api/models";
import { t } from "@/language/en/features/admin";
import { bytesFrom } from "@/lib/format";

export type Budgets = Role["query_budgets"];
export type Budget = "seconds" | "memory_bytes" | "read_bytes" | "rows";
export type BudgetTexts = Record<Budget, string>;

const MIB = 2 ** 20;
const GIB = 2 ** 30;

interface BudgetField {
  name: Budget;
  label: string;
  example: string;
  least: number;
  most: number;
  refusal: string;
}

export const fields = (): readonly BudgetField[] => [
  {
    name: "seconds",
    label: t.seconds,
    example: "600",
    least: Number.MIN_VALUE,
    most: 86_400,
    refusal: t.up86400,
  },
  {
    name: "memory_bytes",
    label: t.memory,
    example: "4 GiB",
    least: 256 * MIB,
    most: 2 ** 40,
    refusal: t.n256MiB1,
  },
  {
    name: "read_bytes",
    label: t.bytesRead,
    example: "500 GiB",
    least: MIB,
    most: 2 ** 50,
    refusal: t.n1MiB1,
  },
  {
    name: "rows",
    label: t.rowsResult,
    example: "50000000",
    least: 1,
    most: 2 ** 40,
    refusal: t.wholeNumberRows,
  },
];

const sizeText = (size: number) =>
  size % GIB === 0 ? `${size / GIB} GiB` : size % MIB === 0 ? `${size / MIB} MiB` : `${size} B`;

export function textsOf(budgets: Budgets): BudgetTexts {
  const plain = (value: number | null | undefined) => String(value ?? "");
  const size = (value: number | null | undefined) => (typeof value === "number" ? sizeText(value) : "");
  return {
    seconds: plain(budgets.seconds),
    memory_bytes: size(budgets.memory_bytes),
    read_bytes: size(budgets.read_bytes),
    rows: plain(budgets.rows),
  };
}

function amountOf(name: Budget, text: string): number | null {
  const plain = text.replaceAll(",", "");
  if (name === "seconds") return /^\d+(\.\d+)?$/.test(plain) ? Number(plain) : null;
  if (name === "rows") return /^\d+$/.test(plain) ? Number(plain) : null;
  return bytesFrom(text);
}

/** The budgets, and by field what is wrong with it. */
export function budgetsOf(texts: BudgetTexts): {
  budgets: Record<Budget, number | null>;
  wrong: Partial<Record<Budget, string>>;
} {
  const budgets: Record<Budget, number | null> = {
    seconds: null,
    memory_bytes: null,
    read_bytes: null,
    rows: null,
  };
  const wrong: Partial<Record<Budget, string>> = {};
  for (const { name, least, most, refusal } of fields()) {
    const text = texts[name].trim();
    if (text === "") continue;
    const amount = amountOf(name, text);
    if (amount === null || amount < least || amount > most) wrong[name] = refusal;
    else budgets[name] = amount;
  }
  return { budgets, wrong };
}
