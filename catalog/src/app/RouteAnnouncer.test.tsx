import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Link, MemoryRouter, Route, Routes } from "react-router";
import { expect, test } from "vitest";
import { Page } from "@/ui/Layout";
import { RouteAnnouncer } from "./RouteAnnouncer";

const open = () =>
  render(
    <MemoryRouter>
      <nav>
        <Link to="/tab">Tab</Link>
      </nav>
      <main id="main" tabIndex={-1}>
        <Routes>
          <Route
            path="/"
            element={
              <Page title="Packages in lab">
                <Link to="/wine">amy/wine</Link>
              </Page>
            }
          />
          <Route path="/wine" element={<Page title="amy/wine">Harvest</Page>} />
          <Route path="/tab" element={<Page title="Files in lab">Files</Page>} />
        </Routes>
      </main>
      <RouteAnnouncer />
    </MemoryRouter>,
  );

test("a link says where it has led, and the new page has the focus that the link had", async () => {
  open();
  const status = screen.getByRole("status");
  expect(status.textContent).toBe("");
  await userEvent.click(screen.getByRole("link", { name: "amy/wine" }));
  await waitFor(() => expect(status.textContent).toBe("amy/wine"));
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("main")));
});

test("what is still there keeps the focus", async () => {
  open();
  const tab = screen.getByRole("link", { name: "Tab" });
  await userEvent.click(tab);
  await waitFor(() => expect(screen.getByRole("status").textContent).toBe("Files in lab"));
  expect(document.activeElement).toBe(tab);
});
