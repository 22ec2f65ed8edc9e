import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { renderSignedIn } from "@/testing/render";
import { KeyboardButton } from "./KeyboardButton";

test("? lists the shortcuts, and Escape closes the list", async () => {
  const { user } = renderSignedIn(<KeyboardButton />);
  await user.keyboard("?");
  const list = within(await screen.findByRole("dialog", { name: "Keyboard shortcuts" }));
  expect(list.getByText("Go to a file of the package that is open")).toBeTruthy();
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});
