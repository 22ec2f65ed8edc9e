/**
 * Diagrams are drawn in a sandboxed frame, since their library writes inline styles, which the page's policy forbids.
 * What comes back is only ever shown as a picture, in which nothing runs.
 */
import library from "mermaid/dist/mermaid.min.js?url";
import { t } from "@/language/en/preview/markdown";

type Reply = { ready: true } | { id: number; svg: string } | { id: number; mistake: string };

const FRAME = "/diagram-frame.html";
const MAX_WAIT_MILLISECONDS = 20_000;
/** The library refuses longer ones itself. */
export const MAX_DIAGRAM_LENGTH = 50_000;

class DiagramFrame {
  readonly #element = document.createElement("iframe");
  readonly #ready: Promise<void>;
  readonly #waiting = new Map<number, { resolve: (svg: string) => void; reject: (error: Error) => void }>();
  #last = 0;

  constructor() {
    this.#ready = new Promise(resolve => {
      addEventListener("message", (event: MessageEvent<Reply>) => {
        if (event.source !== this.#element.contentWindow) return;
        if ("ready" in event.data) resolve();
        else this.#settle(event.data);
      });
    });
    this.#element.title = t.diagrams;
    this.#element.className = "hidden";
    this.#element.ariaHidden = "true";
    this.#element.tabIndex = -1;
    this.#element.setAttribute("sandbox", "allow-scripts");
    this.#element.src = FRAME;
    document.body.append(this.#element);
  }

  async draw(source: string, dark: boolean): Promise<string> {
    this.#last += 1;
    const id = this.#last;
    return new Promise<string>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      setTimeout(() => this.#settle({ id, mistake: t.takesTooLong }), MAX_WAIT_MILLISECONDS);
      const asked = { id, source, dark, library: new URL(library, location.href).href };
      void this.#ready.then(() => this.#element.contentWindow?.postMessage(asked, "*"));
    });
  }

  #settle(reply: Exclude<Reply, { ready: true }>): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ("svg" in reply) waiting?.resolve(reply.svg);
    else waiting?.reject(new Error(reply.mistake));
  }
}

let frame: DiagramFrame | null = null;

/** The diagram as an SVG document; rejects with what is wrong with it. */
export async function drawDiagram(source: string, dark: boolean): Promise<string> {
  if (source.length > MAX_DIAGRAM_LENGTH) throw new Error(t.tooLong);
  frame ??= new DiagramFrame();
  return frame.draw(source, dark);
}

/** In pixels, from the document itself. */
export function sizeOf(svg: string): { width: number; height: number } | null {
  const box = /\bviewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"/.exec(svg);
  return box ? { width: Math.ceil(Number(box[1])), height: Math.ceil(Number(box[2])) } : null;
}

/** What authors call a diagram for those who do not see it. */
export function titleOf(source: string): string {
  const title = /^\s*(?:accTitle|title)\s*:?\s+(.+)$/m.exec(source)?.[1]?.trim();
  return title ? t.diagramTitle(title) : t.diagram;
}
