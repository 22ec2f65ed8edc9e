import { expect, test } from "vitest";
import { SpreadsheetError } from "./cells";
import { readSpreadsheet } from "./read";

/** A ZIP file whose members are deflated, as spreadsheet programs write it. */
async function zipped(members: Record<string, string>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  const number = (bytes: number, value: number) =>
    Uint8Array.from({ length: bytes }, (_, index) => (value >>> (8 * index)) & 0xff);
  for (const [path, text] of Object.entries(members)) {
    const name = new TextEncoder().encode(path);
    const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
    const packed = new Uint8Array(await new Response(stream).arrayBuffer());
    const sizes = [number(4, 0), number(4, packed.length), number(4, text.length)];
    const shared = [
      number(2, 20),
      number(2, 0),
      number(2, 8),
      number(4, 0),
      ...sizes,
      number(2, name.length),
    ];
    const local = [number(4, 0x04034b50), ...shared, number(2, 0), name, packed];
    directory.push(number(4, 0x02014b50), number(2, 20), ...shared, number(2, 0), number(2, 0));
    directory.push(number(2, 0), number(2, 0), number(4, 0), number(4, offset), name);
    parts.push(...local);
    offset += local.reduce((sum, each) => sum + each.length, 0);
  }
  const count = Object.keys(members).length;
  const length = directory.reduce((sum, each) => sum + each.length, 0);
  const end = [number(4, 0x06054b50), number(4, 0), number(2, count), number(2, count)];
  const all = [...parts, ...directory, ...end, number(4, length), number(4, offset), number(2, 0)];
  return new Uint8Array(await new Blob(all).arrayBuffer());
}

const read = async (name: string, content: BlobPart) =>
  (await readSpreadsheet(new File([content], name))).rows;

test("cells of CSV and TSV are texts, whatever separates them", async () => {
  const rows = [
    ["name", "note"],
    ["a, b", 'say "no"\nor 007'],
  ];
  expect(await read("a.csv", 'name,note\r\n"a, b","say ""no""\nor 007"\r\n\r\n')).toEqual(rows);
  expect(await read("a.csv", 'name;note\n"a, b";"say ""no""\nor 007"')).toEqual(rows);
  expect(await read("a.tsv", 'name\tnote\na, b\t"say ""no""\nor 007"\n')).toEqual(rows);
});

test("a workbook's first sheet has texts, numbers, dates and yes or no", async () => {
  const xml = (body: string) => `<?xml version="1.0"?>${body}`;
  const bytes = await zipped({
    "xl/workbook.xml": xml(
      '<workbook xmlns="m" xmlns:r="r"><sheets><sheet name="Second" sheetId="1" r:id="rId7"/><sheet name="x" sheetId="2" r:id="rId8"/></sheets></workbook>',
    ),
    "xl/_rels/workbook.xml.rels": xml(
      '<Relationships xmlns="p"><Relationship Id="rId7" Target="worksheets/other.xml"/></Relationships>',
    ),
    "xl/sharedStrings.xml": xml(
      '<sst xmlns="m"><si><t>site</t></si><si><r><t>North</t></r><r><t> field</t></r></si></sst>',
    ),
    "xl/styles.xml": xml(
      '<styleSheet xmlns="m"><numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="165" formatCode="0.0&quot;days&quot;"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>',
    ),
    "xl/worksheets/other.xml": xml(
      '<worksheet xmlns="m"><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>when</t></is></c></row>' +
        '<row r="3"><c r="A3" t="s"><v>1</v></c><c r="B3"><v>18.5</v></c><c r="C3" s="1"><v>45991</v></c><c r="D3" t="b"><v>1</v></c><c r="E3" s="2"><v>7</v></c></row></sheetData></worksheet>',
    ),
  });
  expect(await read("a.xlsx", bytes)).toEqual([
    ["site", null, "when"],
    ["North field", 18.5, "2025-11-30", true, 7],
  ]);
});

test("an OpenDocument sheet repeats cells and rows as it says", async () => {
  const bytes = await zipped({
    mimetype: "application/vnd.oasis.opendocument.spreadsheet",
    "content.xml":
      '<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x"><office:body><office:spreadsheet><table:table table:name="One">' +
      '<table:table-row><table:table-cell office:value-type="string"><text:p>a</text:p></table:table-cell><table:table-cell table:number-columns-repeated="2"/><table:table-cell office:value-type="float" office:value="2.5" table:number-columns-repeated="2"><text:p>2,5</text:p></table:table-cell><table:table-cell table:number-columns-repeated="16000"/></table:table-row>' +
      '<table:table-row table:number-rows-repeated="2"><table:table-cell office:value-type="date" office:date-value="2026-11-30"><text:p>30.11.</text:p></table:table-cell></table:table-row>' +
      '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>' +
      "</table:table></office:spreadsheet></office:body></office:document-content>",
  });
  expect(await read("a.ods", bytes)).toEqual([["a", null, null, 2.5, 2.5], ["2026-11-30"], ["2026-11-30"]]);
});

test.each([
  ["old.xls", Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0), "old format of Excel"],
  ["photo.png", Uint8Array.of(0x89, 0x50, 0xff, 0xfe), "is not UTF-8 text"],
  ["wide.csv", new TextEncoder().encode(",".repeat(1_000)), "more than 1000 columns"],
  ["cut.xlsx", Uint8Array.of(0x50, 0x4b, 3, 4), "no XLSX or ODS"],
])("%s is refused with the reason", async (name, bytes, reason) => {
  const failure = await readSpreadsheet(new File([bytes], name)).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(SpreadsheetError);
  expect((failure as Error).message).toContain(reason);
});

test("a document type, which could name entities, is refused", async () => {
  const bytes = await zipped({ "content.xml": '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>' });
  await expect(readSpreadsheet(new File([bytes], "a.ods"))).rejects.toThrow("document type");
});
