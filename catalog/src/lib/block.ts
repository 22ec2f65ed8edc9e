/** The block of a package: a drawing made of its data. Colours are the kinds of its bytes, the pattern its name, stitches its revisions. */
import { t } from "@/language/en/lib/block";

export const KINDS = ["tables", "images", "text", "arrays", "sequences", "other"] as const;
export type Kind = (typeof KINDS)[number];
export type KindBytes = Readonly<Partial<Record<Kind, number>>>;

export interface BlockData {
  name: string;
  /** Null where they are not known. */
  kinds: KindBytes | null | undefined;
  revisions: number;
}

export interface Shape {
  kind: Kind;
  tone: "deep" | "pale";
  /** In a square of 48 × 48. */
  path: string;
}

export interface BlockDrawing {
  shapes: Shape[];
  /** A dash for each revision, along the edge; empty for buckets. */
  stitches: string;
}

export const BLOCK_SIZE = 48;
const BINDING = 4;
const GAP = 3;
/** A block with all of them is stitched all around. */
export const MAX_STITCHES = 24;
const STITCHES_A_SIDE = MAX_STITCHES / 4;
/** Triangles in a quarter of the block, which the kinds share. */
const UNITS = 8;
/** A kind with less of the bytes is not seen. */
const MIN_SHARE = 0.01;

/** Kinds that have bytes, the largest first, with their parts of the whole. */
export function sharesOf(kinds: KindBytes | null | undefined): { kind: Kind; share: number }[] {
  const total = KINDS.reduce((sum, kind) => sum + (kinds?.[kind] ?? 0), 0);
  if (total === 0) return [];
  return KINDS.map(kind => ({ kind, share: (kinds?.[kind] ?? 0) / total }))
    .filter(({ share }) => share > 0)
    .toSorted((a, b) => b.share - a.share);
}

export const kindName = (kind: Kind): string => t[kind];

/** In words, for instance "tables 93%, text 7%". */
export function kindsText(kinds: KindBytes | null | undefined): string {
  return sharesOf(kinds)
    .map(({ kind, share }) =>
      share < MIN_SHARE ? t.under1(kindName(kind)) : t.kindPercent(kindName(kind), Math.round(share * 100)),
    )
    .join(", ");
}

/** The kind of each unit: by largest remainders, and at least one for each kind that is seen. */
function unitsOf(kinds: KindBytes | null | undefined): Kind[] {
  const seen = sharesOf(kinds).filter(({ share }) => share >= MIN_SHARE);
  const counts = seen.map(({ share }) => Math.max(1, Math.floor(share * UNITS)));
  const remainders = seen.map(({ share }, at) => share * UNITS - (counts[at] ?? 0));
  let rest = UNITS - counts.reduce((sum, each) => sum + each, 0);
  for (; rest > 0 && seen.length > 0; rest--) {
    const at = remainders.indexOf(Math.max(...remainders));
    counts[at] = (counts[at] ?? 0) + 1;
    remainders[at] = (remainders[at] ?? 0) - 1;
  }
  // Kinds that have a unit for being seen take it from the largest.
  for (; rest < 0; rest++) {
    const at = counts.indexOf(Math.max(...counts));
    counts[at] = (counts[at] ?? 0) - 1;
  }
  return seen.length === 0
    ? Array.from({ length: UNITS }, () => "other")
    : seen.flatMap(({ kind }, at) => Array.from({ length: counts[at] ?? 0 }, () => kind));
}

/** FNV-1a, then steps of xorshift: the same numbers for the same name, everywhere. */
function numbersOf(name: string): (below: number) => number {
  let state = 0x811c9dc5;
  for (const char of name) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 0x01000193);
  state = state === 0 ? 1 : state;
  return below => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** A patch: where its deep triangle has the right angle, clockwise from the top left; or two triangles, side by side or one above the other. */
type Patch = 0 | 1 | 2 | 3 | "beside" | "above";
const PATCHES: readonly Patch[] = [0, 1, 2, 3, 0, 1, 2, 3, "beside", "above"];

const turned = (patch: Patch): Patch => {
  if (typeof patch === "number") return ((patch + 1) % 4) as Patch;
  return patch === "beside" ? "above" : "beside";
};
const MIRRORED = [1, 0, 3, 2] as const;
const FLIPPED = [3, 2, 1, 0] as const;
const mirrored = (patch: Patch): Patch => (typeof patch === "number" ? MIRRORED[patch] : patch);
const flipped = (patch: Patch): Patch => (typeof patch === "number" ? FLIPPED[patch] : patch);

interface Cell {
  x: number;
  y: number;
  patch: Patch;
}

/** The four places of a cell of the top left quarter: turned around the middle, or mirrored. */
function placesOf({ x, y, patch }: Cell, turns: boolean): Cell[] {
  if (turns) {
    const second = { x: 3 - y, y: x, patch: turned(patch) };
    const third = { x: 3 - x, y: 3 - y, patch: turned(turned(patch)) };
    return [{ x, y, patch }, second, third, { x: y, y: 3 - x, patch: turned(third.patch) }];
  }
  return [
    { x, y, patch },
    { x: 3 - x, y, patch: mirrored(patch) },
    { x, y: 3 - y, patch: flipped(patch) },
    { x: 3 - x, y: 3 - y, patch: flipped(mirrored(patch)) },
  ];
}

function deepPath(patch: Patch, x: number, y: number, side: number): string {
  const [right, bottom] = [x + side, y + side];
  const [middleX, middleY] = [x + side / 2, y + side / 2];
  switch (patch) {
    case 0:
      return `M${x} ${y}H${right}L${x} ${bottom}z`;
    case 1:
      return `M${right} ${y}V${bottom}L${x} ${y}z`;
    case 2:
      return `M${right} ${bottom}H${x}L${right} ${y}z`;
    case 3:
      return `M${x} ${bottom}V${y}L${right} ${bottom}z`;
    case "beside":
      return `M${x} ${y}L${middleX} ${middleY}L${x} ${bottom}zM${right} ${y}L${middleX} ${middleY}L${right} ${bottom}z`;
    case "above":
      return `M${x} ${y}L${middleX} ${middleY}L${right} ${y}zM${x} ${bottom}L${middleX} ${middleY}L${right} ${bottom}z`;
  }
}

const square = (x: number, y: number, side: number) => `M${x} ${y}h${side}v${side}h${-side}z`;

/** `bucket`: the blocks of its packages sewn together, with the totals of all of them. */
export function drawBlock(data: BlockData, form: "package" | "bucket" = "package"): BlockDrawing {
  const next = numbersOf(data.name);
  const units = unitsOf(data.kinds);
  const turns = next(2) === 0;
  const cells = [
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ].map(([x = 0, y = 0]) => ({ x, y, patch: PATCHES[next(PATCHES.length)] ?? 0 }));
  for (let at = cells.length - 1; at > 0; at--) {
    const other = next(at + 1);
    [cells[at], cells[other]] = [cells[other] as Cell, cells[at] as Cell];
  }
  const isPackage = form === "package";
  const edge = isPackage ? BINDING : 0;
  const gap = isPackage ? 0 : GAP;
  const side = (BLOCK_SIZE - 2 * edge - gap) / 4;
  const at = (place: number) => edge + place * side + (place > 1 ? gap : 0);
  const shapes: Shape[] = isPackage
    ? [{ kind: units[0] ?? "other", tone: "deep", path: square(0, 0, BLOCK_SIZE) }]
    : [];
  cells.forEach((cell, index) => {
    const [deep, pale] = [units[2 * index] ?? "other", units[2 * index + 1] ?? "other"];
    const places = placesOf(cell, turns).map(({ x, y, patch }) => ({ x: at(x), y: at(y), patch }));
    shapes.push(
      { kind: pale, tone: "pale", path: places.map(({ x, y }) => square(x, y, side)).join("") },
      {
        kind: deep,
        tone: "deep",
        path: places.map(({ x, y, patch }) => deepPath(patch, x, y, side)).join(""),
      },
    );
  });
  return { shapes, stitches: isPackage ? stitchesOf(data.revisions) : "" };
}

/** From the top left corner around the block, in the middle of its binding. */
function stitchesOf(revisions: number): string {
  const [start, end] = [BINDING / 2, BLOCK_SIZE - BINDING / 2];
  const slot = (end - start) / STITCHES_A_SIDE;
  const [from, length] = [slot * 0.22, slot * 0.56];
  const count = Math.min(Math.max(0, revisions), MAX_STITCHES);
  return Array.from({ length: count }, (_, number) => {
    const along = round((number % STITCHES_A_SIDE) * slot + from);
    const dash = round(length);
    switch (Math.floor(number / STITCHES_A_SIDE)) {
      case 0:
        return `M${start + along} ${start}h${dash}`;
      case 1:
        return `M${end} ${start + along}v${dash}`;
      case 2:
        return `M${round(end - along)} ${end}h${-dash}`;
      default:
        return `M${start} ${round(end - along)}v${-dash}`;
    }
  }).join("");
}

const round = (value: number) => Math.round(value * 100) / 100;
