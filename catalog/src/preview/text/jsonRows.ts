/** The rows of a tree of JSON, of which any part can be open: each value that is in an open container has one. */
import { type JsonKind, JsonTape } from "@/lib/jsonTape";

export interface JsonRow {
  /** 1: in the outermost container. */
  depth: number;
  /** Null in arrays. */
  name: string | null;
  /** Its place among its siblings, from 0, and how many these are. */
  position: number;
  siblings: number;
  kind: JsonKind;
  /** The value, or its beginning; empty for containers. */
  text: string;
  isWhole: boolean;
  /** How many values are in it. */
  count: number;
  isOpen: boolean;
}

/** A value at whole, or as much of it as anybody copies, and where it is, as `jq` writes that. */
export interface JsonValue {
  path: string;
  text: string;
  isWhole: boolean;
}

const MAX_ROW_BYTES = 300;
const MAX_VALUE_BYTES = 1_000_000;
/** Children of an open container between two that are counted and kept. */
const STEP = 256;
/** What is open at first. */
const FIRST_DEPTH = 3;
const MAX_FIRST_CHILDREN = 100;
const MAX_FIRST_ROWS = 2_000;

interface OpenContainer {
  node: number;
  parent: OpenContainer | null;
  /** Its place in the parent. */
  position: number;
  depth: number;
  count: number;
  steps: Uint32Array;
  /** Those in it that are open, by their places. */
  inner: OpenContainer[];
  /** Of all that is open below it. */
  rows: number;
}

export class JsonRows {
  readonly #tape: JsonTape;
  readonly #root: OpenContainer | null;
  readonly #counts = new Map<number, number>();

  /** Throws a `JsonError`. */
  constructor(bytes: Uint8Array) {
    this.#tape = new JsonTape(bytes);
    this.#root = this.#isContainer(0) ? this.#opened(0, null, 0) : null;
    if (this.#root) this.#openFirst(this.#root);
  }

  /** A text or a number by itself is one row. */
  get length(): number {
    return this.#root?.rows ?? 1;
  }

  rows(from: number, to: number): JsonRow[] {
    const found: JsonRow[] = [];
    for (let row = from; row < Math.min(to, this.length); row++) found.push(this.#row(row));
    return found;
  }

  /** Opens a container, or closes it. */
  toggle(row: number): void {
    const { container, position, node } = this.#at(row);
    if (!container || !this.#isContainer(node)) return;
    const known = container.inner.findIndex(each => each.position === position);
    const { [known]: open } = container.inner;
    if (open) {
      container.inner.splice(known, 1);
      grow(container, -open.rows);
      return;
    }
    this.#open(container, node, position);
  }

  /** The row of the container that the row is in; null in the outermost one. */
  parent(row: number): number | null {
    let { container } = this.#at(row);
    if (!container?.parent) return null;
    let at = 0;
    for (; container.parent; container = container.parent) {
      const { position } = container;
      const before = container.parent.inner.filter(each => each.position < position);
      at += position + before.reduce((sum, each) => sum + each.rows, 0) + (container.parent.parent ? 1 : 0);
    }
    return at;
  }

  value(row: number): JsonValue {
    const { container, position, node } = this.#at(row);
    const steps: string[] = [];
    for (
      let at: { container: OpenContainer | null; position: number; node: number } = {
        container,
        position,
        node,
      };
      at.container;
      at = { container: at.container.parent, position: at.container.position, node: at.container.node }
    )
      steps.unshift(this.#step(at.container, at.position, at.node));
    const path = steps.join("");
    return { path: path.startsWith(".") ? path : `.${path}`, ...this.#tape.value(node, MAX_VALUE_BYTES) };
  }

  #step(container: OpenContainer, position: number, node: number): string {
    if (this.#tape.kind(container.node) === "array") return `[${position}]`;
    const name = this.#tape.name(node);
    return /^[a-z_]\w*$/i.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
  }

  #row(row: number): JsonRow {
    const { container, position, node } = this.#at(row);
    const kind = this.#tape.kind(node);
    const isContainer = this.#isContainer(node);
    return {
      depth: container ? container.depth + 1 : 1,
      name: container && this.#tape.kind(container.node) === "object" ? this.#tape.name(node) : null,
      position,
      siblings: container?.count ?? 1,
      kind,
      ...(isContainer ? { text: "", isWhole: true } : this.#tape.value(node, MAX_ROW_BYTES)),
      count: isContainer ? this.#count(node) : 0,
      isOpen: container?.inner.some(each => each.position === position) ?? false,
    };
  }

  #at(row: number): { container: OpenContainer | null; position: number; node: number } {
    let container = this.#root;
    if (!container) return { container: null, position: 0, node: 0 };
    let left = row;
    for (;;) {
      // Rows of open containers before the one that is looked for.
      let before = 0;
      let into: OpenContainer | null = null;
      const opened: readonly OpenContainer[] = container.inner;
      for (const inner of opened) {
        const first: number = inner.position + before;
        if (left <= first) break;
        if (left <= first + inner.rows) {
          left -= first + 1;
          into = inner;
          break;
        }
        before += inner.rows;
      }
      if (!into) return { container, position: left - before, node: this.#child(container, left - before) };
      container = into;
    }
  }

  #child(container: OpenContainer, position: number): number {
    let node = container.steps[Math.floor(position / STEP)] ?? container.node + 1;
    for (let left = position % STEP; left > 0; left -= 1) node = this.#tape.after(node);
    return node;
  }

  #isContainer(node: number): boolean {
    const kind = this.#tape.kind(node);
    return kind === "object" || kind === "array";
  }

  #count(node: number): number {
    const known = this.#counts.get(node);
    if (known !== undefined) return known;
    let count = 0;
    for (let child = node + 1; child < this.#tape.after(node); child = this.#tape.after(child)) count += 1;
    this.#counts.set(node, count);
    return count;
  }

  #opened(node: number, parent: OpenContainer | null, position: number): OpenContainer {
    const count = this.#count(node);
    const steps = new Uint32Array(Math.ceil(count / STEP));
    let child = node + 1;
    for (let index = 0; index < count; index++, child = this.#tape.after(child))
      if (index % STEP === 0) steps[index / STEP] = child;
    const depth = parent ? parent.depth + 1 : 0;
    return { node, parent, position, depth, count, steps, inner: [], rows: count };
  }

  #open(container: OpenContainer, node: number, position: number): OpenContainer {
    const opened = this.#opened(node, container, position);
    const next = container.inner.findIndex(each => each.position > position);
    container.inner.splice(next < 0 ? container.inner.length : next, 0, opened);
    grow(container, opened.rows);
    return opened;
  }

  #openFirst(container: OpenContainer): void {
    if (container.count > MAX_FIRST_CHILDREN || container.depth + 1 >= FIRST_DEPTH) return;
    for (let position = 0; position < container.count; position++) {
      const node = this.#child(container, position);
      if (!this.#isContainer(node) || this.#count(node) > MAX_FIRST_CHILDREN) continue;
      if (this.length > MAX_FIRST_ROWS) return;
      this.#openFirst(this.#open(container, node, position));
    }
  }
}

function grow(from: OpenContainer, rows: number): void {
  for (let container: OpenContainer | null = from; container; container = container.parent)
    container.rows += rows;
}
