/** Objects that were chosen on one page, to become a package on the next. */
import type { JsonObject } from "@/lib/json";

export interface ChosenObject {
  physicalKey: string;
  size: number | null;
  /** What its author says about it. */
  meta?: JsonObject | null;
}

/** By logical key. */
export type ChosenObjects = Record<string, ChosenObject>;

let handedOver: ChosenObjects | null = null;

export function handOverObjects(objects: ChosenObjects): void {
  handedOver = objects;
}

/** Those that were handed over to this page; once. */
export function takeOverObjects(): ChosenObjects | null {
  const objects = handedOver;
  handedOver = null;
  return objects;
}
