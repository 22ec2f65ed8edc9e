/** ZIP archives of files that are stored as they are (APPNOTE 6.3), with ZIP64 records where numbers need them. */

const MAX_32 = 0xffff_ffff;
const MAX_16 = 0xffff;
const ZIP64_VERSION = 45;
const UTF8_AND_DESCRIPTOR = 0x0808;

interface Written {
  name: Uint8Array<ArrayBuffer>;
  crc: number;
  size: number;
  offset: number;
}

/** Sends the bytes of an archive to `write`, in order. */
export class ZipWriter {
  readonly #write: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  readonly #files: Written[] = [];
  #offset = 0;

  constructor(write: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>) {
    this.#write = write;
  }

  async add(path: string, chunks: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<void> {
    const name = new TextEncoder().encode(path);
    const offset = this.#offset;
    // Sizes follow the content, each of 64 bits, as the extra field announces.
    await this.#send(
      fields([
        [4, 0x04034b50],
        [2, ZIP64_VERSION],
        [2, UTF8_AND_DESCRIPTOR],
        [2, 0],
        [4, 0x0021_0000],
        [4, 0],
        [4, MAX_32],
        [4, MAX_32],
        [2, name.length],
        [2, 20],
      ]),
    );
    await this.#send(name);
    await this.#send(
      fields([
        [2, 1],
        [2, 16],
        [8, 0],
        [8, 0],
      ]),
    );
    let crc = 0;
    let size = 0;
    for await (const chunk of chunks) {
      crc = crc32(chunk, crc);
      size += chunk.length;
      await this.#send(chunk);
    }
    await this.#send(
      fields([
        [4, 0x08074b50],
        [4, crc],
        [8, size],
        [8, size],
      ]),
    );
    this.#files.push({ name, crc, size, offset });
  }

  async end(): Promise<void> {
    const start = this.#offset;
    for (const { name, crc, size, offset } of this.#files) {
      await this.#send(
        fields([
          [4, 0x02014b50],
          [2, ZIP64_VERSION],
          [2, ZIP64_VERSION],
          [2, UTF8_AND_DESCRIPTOR],
          [2, 0],
          [4, 0x0021_0000],
          [4, crc],
          [4, MAX_32],
          [4, MAX_32],
          [2, name.length],
          [2, 28],
          [2, 0],
          [2, 0],
          [2, 0],
          [4, 0],
          [4, MAX_32],
        ]),
      );
      await this.#send(name);
      await this.#send(
        fields([
          [2, 1],
          [2, 24],
          [8, size],
          [8, size],
          [8, offset],
        ]),
      );
    }
    const length = this.#offset - start;
    const at = this.#offset;
    const count = this.#files.length;
    await this.#send(
      fields([
        [4, 0x06064b50],
        [8, 44],
        [2, ZIP64_VERSION],
        [2, ZIP64_VERSION],
        [4, 0],
        [4, 0],
        [8, count],
        [8, count],
        [8, length],
        [8, start],
      ]),
    );
    await this.#send(
      fields([
        [4, 0x07064b50],
        [4, 0],
        [8, at],
        [4, 1],
      ]),
    );
    await this.#send(
      fields([
        [4, 0x06054b50],
        [2, 0],
        [2, 0],
        [2, Math.min(count, MAX_16)],
        [2, Math.min(count, MAX_16)],
        [4, Math.min(length, MAX_32)],
        [4, Math.min(start, MAX_32)],
        [2, 0],
      ]),
    );
  }

  async #send(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#offset += bytes.length;
    await this.#write(bytes);
  }
}

/** Little-endian numbers of 2, 4 or 8 bytes. */
function fields(values: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(values.reduce((sum, [bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [bytes, value] of values) {
    if (bytes === 2) view.setUint16(at, value, true);
    else if (bytes === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  return crc;
});

/** CRC-32 as in ISO 3309, continued from `before`. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}
