import { expect, test } from "vitest";
import { marked, wordsOf } from "./words";

test.each([
  ["red wine", ["red", "wine"]],
  ['"red wine" OR (beer AND ext:.csv)', ["red", "wine", "beer", "csv"]],
  ["wine -beer NOT cider win*", ["wine", "win"]],
  ["", []],
])("the words of %j", (query, words) => {
  expect(wordsOf(query)).toEqual(words);
});

test("beginnings of words stand out, parts within them do not", () => {
  expect(marked("Wines, swine and WINE", ["wine"])).toEqual([
    { text: "Wine", hit: true },
    { text: "s, swine and ", hit: false },
    { text: "WINE", hit: true },
  ]);
  expect(marked("plain", [])).toEqual([{ text: "plain", hit: false }]);
});
