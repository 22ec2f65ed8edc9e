import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { expect, test, vi } from "vitest";
import { RequestError } from "@/lib/errors";
import { Loaded, together, type LoadedQuery } from "./Loaded";

const waiting = { data: undefined, isPending: true, isError: false, error: null, refetch: vi.fn() };
const found = <Data,>(data: Data): LoadedQuery<Data> => ({ ...waiting, data, isPending: false });
const failed = (message: string, refetch = vi.fn()) => ({
  ...waiting,
  isPending: false,
  isError: true,
  error: new RequestError({ status: 503, trouble: "broken", message }),
  refetch,
});

const shown = (query: LoadedQuery<string>) =>
  render(
    <MemoryRouter>
      <Loaded query={query} label="Loading the wine" heading="Wine">
        {data => <p>It is {data}</p>}
      </Loaded>
    </MemoryRouter>,
  );

test("while it is loaded, that is said", () => {
  shown(waiting);
  expect(screen.getByRole("status").textContent).toBe("Loading the wine…");
});

test("what was found is shown", () => {
  shown(found("red"));
  expect(screen.getByText("It is red")).toBeTruthy();
  expect(screen.queryByRole("heading")).toBeNull();
});

test("a failure has the page's heading, and is tried again", async () => {
  const again = vi.fn();
  shown(failed("The cellar is closed.", again));
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Wine");
  expect(screen.getByRole("alert").textContent).toContain("The cellar is closed.");
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(again).toHaveBeenCalledOnce();
});

test("queries together are there when all are there", () => {
  expect(together(found("red"), found(7)).data).toEqual(["red", 7]);
  expect(together(found("red"), waiting)).toMatchObject({ data: undefined, isPending: true, isError: false });
});

test("queries together fail with the one that failed, and only that is tried again", async () => {
  const [good, bad] = [{ ...found("red"), refetch: vi.fn() }, failed("No.")];
  const both = together(good, bad);
  expect(both).toMatchObject({ isPending: false, isError: true, error: bad.error });
  await both.refetch();
  expect([good.refetch.mock.calls.length, bad.refetch.mock.calls.length]).toEqual([0, 1]);
});
