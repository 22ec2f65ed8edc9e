/** The language of the page, and the texts in it. */
import type { ReactNode } from "react";

/** By their own names. */
const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;
export const languages = Object.entries(LANGUAGES) as readonly [Language, string][];

/** How each language writes numbers, times and plurals. */
const LOCALES: Record<Language, string> = { en: "en-GB", de: "de" };
const STORED = "patchwork.language";

// eslint-disable-next-line typescript/no-explicit-any -- parameters of texts are as different as texts
type Text = string | ((...values: any[]) => ReactNode);
export type Section = Readonly<Record<string, Text>>;
/** The same texts in another language: the same keys, and the same parameters. */
type Translated<English> = {
  readonly [Key in keyof English]: English[Key] extends string ? string : English[Key];
};
/** All texts of a language but English, by section. */
export type Translation = Readonly<Record<string, Section>>;

let language: Language = "en";
let translation: Translation = {};

/** A section of the language files: English, or what the page's language has for it when a text is read. */
export function section<English extends Section>(name: string, english: English): Translated<English> {
  const read = (_: unknown, key: string) => (translation[name] ?? english)[key];
  return new Proxy(english, { get: read }) as Translated<English>;
}

export const currentLanguage = (): Language => language;
export const locale = (): string => LOCALES[language];

const isLanguage = (text: string | null): text is Language => text !== null && Object.hasOwn(LANGUAGES, text);

function chosenLanguage(): Language | null {
  try {
    const stored = localStorage.getItem(STORED);
    return isLanguage(stored) ? stored : null;
  } catch {
    return null; // Storage is off.
  }
}

/** The chosen one, else the first of the browser's that there is. */
export function wantedLanguage(preferred: readonly string[] = navigator.languages): Language {
  const browsers = preferred.map(tag => tag.split("-")[0]?.toLowerCase() ?? "").find(isLanguage);
  return chosenLanguage() ?? browsers ?? "en";
}

/** For this machine. Texts are read while a page is drawn, hence it is loaded again. */
export function chooseLanguage(chosen: Language): void {
  try {
    localStorage.setItem(STORED, chosen);
  } catch {
    return; // Storage is off: the browser's language it is.
  }
  location.reload();
}

const LOADERS: Record<Language, () => Promise<Translation>> = {
  en: () => Promise.resolve({}),
  de: async () => (await import("./de")).translation,
};

export async function loadLanguage(wanted: Language): Promise<void> {
  translation = await LOADERS[wanted]();
  language = wanted;
}

/** What Intl makes for the page's language, made once. */
export function perLanguage<Made>(make: (locale: string) => Made): () => Made {
  let made: { for: Language; value: Made } | null = null;
  return () => {
    if (made?.for !== language) made = { for: language, value: make(locale()) };
    return made.value;
  };
}

const wholeNumbers = perLanguage(of => new Intl.NumberFormat(of));
const pluralRules = perLanguage(of => new Intl.PluralRules(of));

export type PluralForms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** The form that a number takes in the page's language; `#` stands for the number. */
export function plural(value: number, forms: PluralForms): string {
  const form = forms[pluralRules().select(value)] ?? forms.other;
  return form.replace("#", wholeNumbers().format(value));
}

/** A number and what it counts, in languages with one plural. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return plural(value, { one: `# ${one}`, other: `# ${many}` });
}
