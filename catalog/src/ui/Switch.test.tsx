import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { Switch } from "./Switch";

const OPTIONS = [
  ["off", "Off"],
  ["on", "On"],
] as const;

test("the switch says which option is on, and asks for the other", async () => {
  const turned = vi.fn();
  render(<Switch label="Open query" options={OPTIONS} value="off" onChange={turned} />);
  expect(screen.getByRole("group", { name: "Open query" })).toBeTruthy();
  expect(screen.getByRole("button", { pressed: true }).textContent).toBe("Off");
  await userEvent.click(screen.getByRole("button", { name: "On" }));
  expect(turned).toHaveBeenCalledExactlyOnceWith("on");
});
