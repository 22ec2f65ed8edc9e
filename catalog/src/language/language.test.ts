import { afterEach, expect, test, vi } from "vitest";
import { t } from "./en/lib";
import { t as jobs } from "./en/app";
import { counted, loadLanguage, perLanguage, plural, section, wantedLanguage } from "./language";

const number = perLanguage(locale => new Intl.NumberFormat(locale));

afterEach(async () => {
  vi.unstubAllGlobals();
  await loadLanguage("en");
});

test("a section has the texts of the page's language", async () => {
  expect([t.justNow, jobs.jobRunning(1), jobs.jobRunning(2)]).toEqual([
    "just now",
    "1 job running",
    "2 jobs running",
  ]);
  await loadLanguage("de");
  expect([t.justNow, jobs.jobRunning(1), jobs.jobRunning(2)]).toEqual([
    "gerade eben",
    "1 Auftrag läuft",
    "2 Aufträge laufen",
  ]);
});

test("a section that a language lacks is in English", async () => {
  const other = section("other", { hello: "Hello" });
  await loadLanguage("de");
  expect(other.hello).toBe("Hello");
});

test("numbers and plurals are written as the language does", async () => {
  const texts = () => [
    number().format(1234.5),
    counted(1234, "file"),
    plural(1, { one: "a file", other: "# files" }),
  ];
  expect(texts()).toEqual(["1,234.5", "1,234 files", "a file"]);
  await loadLanguage("de");
  expect(texts()).toEqual(["1.234,5", "1.234 files", "a file"]);
});

test("the language is the chosen one, else the first of the browser's that there is, else English", () => {
  expect(wantedLanguage(["fr", "de-AT", "en"])).toBe("de");
  expect(wantedLanguage(["en-GB", "de"])).toBe("en");
  expect(wantedLanguage(["fr"])).toBe("en");
  vi.stubGlobal("localStorage", { getItem: () => "de" });
  expect(wantedLanguage(["en"])).toBe("de");
  vi.stubGlobal("localStorage", { getItem: () => "xx" });
  expect(wantedLanguage(["en"])).toBe("en");
});
