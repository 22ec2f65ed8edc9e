import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { Area, Check, Choice, Field, Filter } from "./Field";

const describedBy = (element: HTMLElement) =>
  (element.getAttribute("aria-describedby") ?? "")
    .split(" ")
    .map(id => document.getElementById(id)?.textContent ?? "")
    .join(" ");

test("a field is described by its help, and by what is wrong with it", () => {
  render(<Field label="Name" help="Lower case." error="It is taken." value="amy" onChange={vi.fn()} />);
  const input = screen.getByLabelText("Name");
  expect(input).toHaveProperty("value", "amy");
  expect(input.getAttribute("aria-invalid")).toBe("true");
  expect(describedBy(input)).toContain("Lower case.");
  expect(describedBy(input)).toContain("It is taken.");
});

test("a field that is right is not marked", () => {
  render(<Field label="Name" error={null} value="amy" onChange={vi.fn()} />);
  expect(screen.getByLabelText("Name").getAttribute("aria-invalid")).not.toBe("true");
});

test("an area shows its error in place of its help", () => {
  render(
    <Area label="Metadata" help="A JSON object." error="This is not JSON." value="{" onChange={vi.fn()} />,
  );
  const area = screen.getByLabelText("Metadata");
  expect(area.getAttribute("aria-invalid")).toBe("true");
  expect(describedBy(area)).toBe("This is not JSON.");
});

test("a choice tells which of its options was chosen", async () => {
  const chosen = vi.fn();
  const options = [
    ["7", "7 days"],
    ["90", "90 days"],
  ] as const;
  render(<Choice label="Valid for" options={options} value="7" onChange={chosen} help="Then it ends." />);
  const select = screen.getByLabelText("Valid for");
  expect(describedBy(select)).toBe("Then it ends.");
  await userEvent.selectOptions(select, "90 days");
  expect(chosen).toHaveBeenCalledExactlyOnceWith("90");
});

test("a check box and a filter pass on what is entered", async () => {
  const [checked, typed] = [vi.fn(), vi.fn()];
  render(
    <>
      <Check label="Copy the objects" checked={false} onChange={checked} />
      <Filter label="Filter by name" value="" onChange={typed} />
    </>,
  );
  await userEvent.click(screen.getByLabelText("Copy the objects"));
  await userEvent.type(screen.getByRole("searchbox", { name: "Filter by name" }), "w");
  expect(checked).toHaveBeenCalledExactlyOnceWith(true);
  expect(typed).toHaveBeenCalledExactlyOnceWith("w");
});
