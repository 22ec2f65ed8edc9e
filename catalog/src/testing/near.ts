/** Environments of tests have no layout: what waits until it is in view would wait for ever. */
import { vi } from "vitest";

export function everythingIsInView(): void {
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      constructor(private readonly seen: (entries: { isIntersecting: boolean }[]) => void) {}
      observe() {
        this.seen([{ isIntersecting: true }]);
      }
      disconnect() {
        return undefined;
      }
    },
  );
}
