import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test, vi } from "vitest";
import { sorted, Table, type Column, type Sorting } from "./Table";

interface Wine {
  name: string;
  year: number;
}

const COLUMNS: Column<Wine>[] = [
  { id: "name", label: "Name", cell: row => <a href={`#${row.name}`}>{row.name}</a> },
  { id: "year", label: "Year", cell: row => row.year, order: (a, b) => a.year - b.year },
];

const wines = (count: number): Wine[] =>
  Array.from({ length: count }, (_, index) => ({ name: `wine ${index}`, year: 2000 - index }));

const names = () => screen.getAllByRole("link").map(link => link.textContent);

test("only the rows in view exist, however long the table is", () => {
  render(<Table label="Wines" columns={COLUMNS} rows={wines(10_000)} id={row => row.name} />);
  expect(screen.getByRole("table", { name: "Wines" }).getAttribute("aria-rowcount")).toBe("10001");
  expect(screen.getAllByRole("link").length).toBeLessThan(100);
});

test("more is fetched when the end is near, and not before", () => {
  const more = vi.fn();
  const { rerender } = render(
    <Table label="Wines" columns={COLUMNS} rows={wines(10_000)} id={row => row.name} more={more} />,
  );
  expect(more).not.toHaveBeenCalled();
  rerender(<Table label="Wines" columns={COLUMNS} rows={wines(50)} id={row => row.name} more={more} />);
  expect(more).toHaveBeenCalled();
});

test("a table is as high as all its rows before any of them is there", () => {
  const more = vi.fn();
  render(
    <Table
      label="Wines"
      columns={COLUMNS}
      rows={wines(100)}
      id={row => row.name}
      more={more}
      total={20_000}
    />,
  );
  const table = screen.getByRole("table", { name: "Wines" });
  expect(table.getAttribute("aria-rowcount")).toBe("20001");
  // Rows, and the gaps above and below them, in which the cell has the height.
  const heights = [...table.querySelectorAll<HTMLElement>("tbody tr")].map(row =>
    parseFloat(row.style.height || (row.querySelector("td")?.style.height ?? "")),
  );
  expect(Math.round(heights.reduce((sum, height) => sum + height, 0))).toBe(20_000 * 38);
});

test("a total that was expected counts no more when the list has ended", () => {
  render(<Table label="Wines" columns={COLUMNS} rows={wines(3)} id={row => row.name} total={20_000} />);
  expect(screen.getByRole("table", { name: "Wines" }).getAttribute("aria-rowcount")).toBe("4");
});

test("the arrow keys lead from row to row", async () => {
  const user = userEvent.setup();
  render(<Table label="Wines" columns={COLUMNS} rows={wines(3)} id={row => row.name} />);
  screen.getByRole("link", { name: "wine 0" }).focus();
  await user.keyboard("{ArrowDown}");
  expect(document.activeElement?.textContent).toBe("wine 1");
  await user.keyboard("{End}");
  expect(document.activeElement?.textContent).toBe("wine 2");
  await user.keyboard("{ArrowUp}{ArrowUp}{ArrowUp}");
  expect(document.activeElement?.textContent).toBe("wine 0");
});

function Sortable() {
  const [sorting, setSorting] = useState<Sorting | null>(null);
  return (
    <Table
      label="Wines"
      columns={COLUMNS}
      rows={sorted(wines(3), COLUMNS, sorting)}
      id={row => row.name}
      sorting={sorting}
      onSort={setSorting}
    />
  );
}

test("a column with an order sorts, and the other way round at the second press", async () => {
  const user = userEvent.setup();
  render(<Sortable />);
  const heading = screen.getByRole("columnheader", { name: "Year" });
  expect(within(screen.getByRole("columnheader", { name: "Name" })).queryByRole("button")).toBeNull();
  await user.click(within(heading).getByRole("button"));
  expect(heading.getAttribute("aria-sort")).toBe("ascending");
  expect(names()).toEqual(["wine 2", "wine 1", "wine 0"]);
  await user.click(within(heading).getByRole("button"));
  expect(heading.getAttribute("aria-sort")).toBe("descending");
  expect(names()).toEqual(["wine 0", "wine 1", "wine 2"]);
});
