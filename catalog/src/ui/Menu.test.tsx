import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { Menu, MenuItem } from "./Menu";

function rendered() {
  const [rename, remove] = [vi.fn(), vi.fn()];
  render(
    <Menu label="Actions" trigger="…">
      <MenuItem onClick={rename}>Rename</MenuItem>
      <MenuItem onClick={remove}>Remove</MenuItem>
    </Menu>,
  );
  return { user: userEvent.setup(), rename, remove };
}

test("the keyboard opens the menu and chooses from it", async () => {
  const { user, rename, remove } = rendered();
  screen.getByRole("button", { name: "Actions" }).focus();
  await user.keyboard("{Enter}");
  const item = await screen.findByRole("menuitem", { name: "Rename" });
  await waitFor(() => expect(document.activeElement).toBe(item));
  await user.keyboard("{ArrowDown}{Enter}");
  expect(remove).toHaveBeenCalledOnce();
  expect(rename).not.toHaveBeenCalled();
});

test("the first click is not lost while the menu's library is fetched, and the next one opens it again", async () => {
  const { user } = rendered();
  const trigger = () => screen.getByRole("button", { name: "Actions" });
  expect(trigger().getAttribute("aria-haspopup")).toBe("menu");
  await user.click(trigger());
  await screen.findByRole("menu");
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("menu")).toBeNull());
  await waitFor(() => expect(document.activeElement).toBe(trigger()));
  await user.click(trigger());
  await screen.findByRole("menu");
});

test("Escape closes the menu, and nothing is chosen", async () => {
  const { user, rename, remove } = rendered();
  await user.click(screen.getByRole("button", { name: "Actions" }));
  await screen.findByRole("menu");
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("menu")).toBeNull());
  expect([rename.mock.calls, remove.mock.calls]).toEqual([[], []]);
});
