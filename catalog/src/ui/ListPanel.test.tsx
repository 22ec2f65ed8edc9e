import { useInfiniteQuery } from "@tanstack/react-query";
import { screen } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import { itemsOf, paged } from "@/lib/pages";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { ListPanel } from "./ListPanel";
import { ListStates, MoreButton } from "./ListStates";

const URL = `${REGISTRY}/wines`;
interface Answer {
  items: string[];
  next: string | null;
}

function useWines() {
  return useInfiniteQuery({
    queryKey: [URL],
    queryFn: async ({ pageParam }) => {
      const answer = await fetch(`${URL}?cursor=${pageParam ?? ""}`);
      if (!answer.ok) throw new Error("The cellar is closed.");
      return (await answer.json()) as Answer;
    },
    ...paged,
  });
}

function Wines() {
  const wines = useWines();
  return (
    <ListPanel
      label="Wines"
      query={wines}
      loading="Loading wines"
      rows={itemsOf(wines.data)}
      columns={[{ id: "name", label: "Name", cell: name => name, order: (a, b) => a.localeCompare(b) }]}
      id={name => name}
      sortable
      empty={<p>No wine</p>}
    />
  );
}

function WineList() {
  const wines = useWines();
  const names = itemsOf(wines.data);
  return (
    <>
      <ListStates query={wines} loading="Loading wines" count={names.length} empty={<p>No wine</p>}>
        <ul>
          {names.map(name => (
            <li key={name}>{name}</li>
          ))}
        </ul>
      </ListStates>
      <MoreButton query={wines} label="More wines" />
    </>
  );
}

/** Answers one page after the other; null: a failure. */
function pages(...answers: (Answer | null)[]) {
  server.use(
    http.get(URL, () => {
      const answer = answers.shift();
      return answer ? HttpResponse.json(answer) : new HttpResponse(null, { status: 503 });
    }),
  );
}

const cells = () => screen.getAllByRole("cell").map(cell => cell.textContent);

test("a list is loaded to its end, and can then be sorted", async () => {
  pages({ items: ["red", "white"], next: "2" }, { items: ["green"], next: null });
  const { user } = renderSignedIn(<Wines />);
  expect(screen.getByRole("status").textContent).toBe("Loading wines…");
  expect(await screen.findByText("green")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Name" }));
  expect(cells()).toEqual(["green", "red", "white"]);
});

test("an empty list says so", async () => {
  pages({ items: [], next: null });
  renderSignedIn(<Wines />);
  expect(await screen.findByText("No wine")).toBeTruthy();
  expect(screen.queryByRole("table")).toBeNull();
});

test("a list that cannot be loaded is tried again", async () => {
  pages(null, { items: ["red"], next: null });
  const { user } = renderSignedIn(<Wines />);
  await user.click(await screen.findByRole("button", { name: "Try again" }));
  expect(await screen.findByText("red")).toBeTruthy();
});

test("when the next page fails, what there is stays, and cannot be sorted yet", async () => {
  pages({ items: ["red", "white"], next: "2" }, null, { items: ["green"], next: null });
  const { user } = renderSignedIn(<Wines />);
  const again = await screen.findByRole("button", { name: "Try again" });
  expect(cells()).toEqual(["red", "white"]);
  expect(screen.queryByRole("button", { name: "Name" })).toBeNull();
  await user.click(again);
  expect(await screen.findByText("green")).toBeTruthy();
});

test("a list that is no table goes on at a press", async () => {
  pages({ items: ["red"], next: "2" }, { items: ["white"], next: null });
  const { user } = renderSignedIn(<WineList />);
  await user.click(await screen.findByRole("button", { name: "More wines" }));
  expect(await screen.findByText("white")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "More wines" })).toBeNull();
});
