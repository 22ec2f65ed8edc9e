import { render, screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { Uses } from "./Uses";

const WEEKS = Array.from({ length: 52 }, (_, week) => (week > 49 ? 3 : 0));
const NONE = WEEKS.map(() => 0);

test("uses that are counted are drawn by week, with their number in all", () => {
  render(
    <Uses
      uses={[
        { kind: "install", total: 40, weeks: WEEKS },
        { kind: "preview", total: 1, weeks: NONE },
        { kind: "archive", total: 0, weeks: NONE },
      ]}
    />,
  );
  const installs = within(screen.getByRole("region", { name: "Installs" }));
  expect(installs.getByRole("img", { name: "6 installs in the past 52 weeks" })).toBeTruthy();
  expect(installs.getByText("this week: 3 installs")).toBeTruthy();
  expect(installs.getByText("40 installs in all")).toBeTruthy();
  expect(screen.getByText("1 preview in all")).toBeTruthy();
  expect(within(screen.getByRole("region", { name: "Archives" })).queryByRole("img")).toBeNull();
  expect(screen.queryByText("not counted")).toBeNull();
});

test("installs that nobody counts are said to be so", () => {
  render(<Uses uses={[{ kind: "preview", total: 2, weeks: WEEKS }]} />);
  const installs = within(screen.getByRole("region", { name: "Installs" }));
  expect(installs.getByText("not counted")).toBeTruthy();
  expect(installs.getByText(/Clients read this package straight from S3/)).toBeTruthy();
});
