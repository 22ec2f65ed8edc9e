/** The members of a ZIP file (APPNOTE 6.3), of which spreadsheets are made: stored or deflated, without encryption. */
import { t } from "@/language/en/lib/spreadsheets";
import { SpreadsheetError } from "./cells";

const MAX_MEMBER_BYTES = 64 * 1_048_576;
const MAX_MEMBERS = 2_000;

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 65_535;

interface Member {
  method: number;
  packed: number;
  offset: number;
}

export class ZipFile {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #members: ReadonlyMap<string, Member>;

  /** Throws a SpreadsheetError. */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
    try {
      this.#members = membersOf(bytes);
    } catch (error) {
      if (error instanceof RangeError) throw damaged();
      throw error;
    }
  }

  /** The text of a member; null where there is none of that name. */
  async text(name: string): Promise<string | null> {
    const member = this.#members.get(name);
    if (!member) return null;
    const view = viewOf(this.#bytes);
    if (member.offset + 30 > this.#bytes.length) throw damaged();
    const start =
      member.offset +
      30 +
      view.getUint16(member.offset + 26, true) +
      view.getUint16(member.offset + 28, true);
    const packed = this.#bytes.subarray(start, start + member.packed);
    if (packed.length < member.packed) throw damaged();
    if (member.method === 0) return new TextDecoder().decode(packed);
    if (member.method !== 8) throw new SpreadsheetError(t.spreadsheetPackedUnusual);
    return new TextDecoder().decode(await inflated(packed));
  }
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const damaged = () => new SpreadsheetError(t.spreadsheetDamaged);

function membersOf(bytes: Uint8Array): Map<string, Member> {
  const view = viewOf(bytes);
  let end = bytes.length - END_BYTES;
  const lowest = Math.max(0, end - MAX_COMMENT_BYTES);
  while (end >= lowest && view.getUint32(end, true) !== END) end -= 1;
  if (end < lowest) throw new SpreadsheetError(t.noXlsxOds);
  const count = view.getUint16(end + 10, true);
  if (count > MAX_MEMBERS) throw new SpreadsheetError(t.spreadsheetTooMany);
  const members = new Map<string, Member>();
  let at = view.getUint32(end + 16, true);
  for (let index = 0; index < count; index++) {
    if (view.getUint32(at, true) !== ENTRY) throw damaged();
    const nameBytes = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameBytes));
    if ((view.getUint16(at + 8, true) & 1) === 1) throw new SpreadsheetError(t.spreadsheetPassword);
    members.set(name, {
      method: view.getUint16(at + 10, true),
      packed: view.getUint32(at + 20, true),
      offset: view.getUint32(at + 42, true),
    });
    at += 46 + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return members;
}

async function inflated(packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > MAX_MEMBER_BYTES) throw new SpreadsheetError(t.spreadsheetTooLarge);
      chunks.push(value);
    }
  } catch (error) {
    if (error instanceof SpreadsheetError) {
      await reader.cancel().catch(() => undefined);
      throw error;
    }
    throw damaged();
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
