import { act, renderHook } from "@testing-library/react";
import { expect, test } from "vitest";
import { lossBetween, useFormGuard, useLeaveGuard } from "./useLeaveGuard";

const at = (pathname: string) => ({ pathname, search: "", hash: "", state: null, key: "" });
const loss = () => lossBetween(at("/here"), at("/there"));

test("who is let go, stays and has not saved everything is asked again", () => {
  const { result, rerender, unmount } = renderHook(({ isActive }) => useLeaveGuard(isActive), {
    initialProps: { isActive: true },
  });
  expect(loss()).toBe("text");
  act(() => {
    result.current();
    expect(loss()).toBeNull();
  });
  expect(loss()).toBe("text");
  rerender({ isActive: false });
  expect(loss()).toBeNull();
  rerender({ isActive: true });
  unmount();
  expect(loss()).toBeNull();
});

test("what is typed into a form while it is being saved is asked for", () => {
  const { result, rerender, unmount } = renderHook(({ text }) => useFormGuard([text]), {
    initialProps: { text: "as it was" },
  });
  expect(loss()).toBeNull();
  rerender({ text: "sent" });
  expect(loss()).toBe("text");
  act(() => result.current.send());
  rerender({ text: "sent, and more" });
  act(() => result.current.letGo());
  expect(loss()).toBe("text");
  rerender({ text: "sent" });
  expect(loss()).toBeNull();
  unmount();
});
