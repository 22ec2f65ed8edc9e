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
        { kind: "s3_read", total: 5, weeks: NONE },
      ]}
      since="2026-11-03"
    />,
  );
  const installs = within(screen.getByRole("region", { name: "Installs" }));
  expect(installs.getByRole("img", { name: "6 installs in the past 52 weeks" })).toBeTruthy();
  expect(installs.getByText("this week: 3 installs")).toBeTruthy();
  expect(installs.getByText("40 installs in all")).toBeTruthy();
  expect(screen.getByText("1 preview in all")).toBeTruthy();
  expect(within(screen.getByRole("region", { name: "Archives" })).queryByRole("img")).toBeNull();
  expect(screen.queryByText("not counted")).toBeNull();
  expect(screen.getByRole("region", { name: "Reads straight from S3" })).toBeTruthy();
  expect(screen.getByText(/counted in logs of S3, since 3 Nov 2026/)).toBeTruthy();
});

test("installs that nobody counts are said to be so", () => {
  render(<Uses uses={[{ kind: "preview", total: 2, weeks: WEEKS }]} since={null} />);
  const installs = within(screen.getByRole("region", { name: "Installs" }));
  expect(installs.getByText("not counted")).toBeTruthy();
  expect(installs.getByText(/quilt3 reads packages straight from S3/)).toBeTruthy();
});
