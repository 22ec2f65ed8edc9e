import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { useHotkey } from "./useHotkey";

function Pressed({ act }: { act: () => void }) {
  useHotkey("/", act);
  return null;
}

test("a key that is typed into an editor in a tree of its own is no command", async () => {
  let pressed = 0;
  const { container } = render(<Pressed act={() => (pressed += 1)} />);
  const host = document.createElement("div");
  const field = document.createElement("textarea");
  host.attachShadow({ mode: "open" }).append(field);
  container.append(host);
  field.dispatchEvent(
    new KeyboardEvent("keydown", { key: "/", bubbles: true, composed: true, cancelable: true }),
  );
  expect(pressed).toBe(0);
  await userEvent.keyboard("/");
  expect(pressed).toBe(1);
});
