import { render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { BrandContext } from "@/ui/brand";
import { Page } from "@/ui/Layout";
import { Wordmark } from "@/ui/Patch";
import { applyTheme } from "./theme";

const THEME = {
  name: "Vineyard data",
  logo: `data:image/svg+xml;base64,${btoa("<svg xmlns='http://www.w3.org/2000/svg'/>")}`,
  accent: "#7a1f3d",
  accent_dark: "#f2a0b8",
};

test("the colours of an installation replace our own in all pages", () => {
  const root = document.createElement("div");
  applyTheme(THEME, root);
  expect(root.style.getPropertyValue("--accent-light")).toBe("#7a1f3d");
  expect(root.style.getPropertyValue("--accent-dark")).toBe("#f2a0b8");
  expect(root.style.getPropertyValue("--accent-soft")).toContain("var(--accent) 12%");
});

test("an installation without a theme keeps our colours, name and mark", () => {
  const root = document.createElement("div");
  expect(applyTheme({ name: "Patchwork", logo: null, accent: null, accent_dark: null }, root)).toEqual({
    name: "Patchwork",
    logo: null,
  });
  expect(root.getAttribute("style")).toBeNull();
});

test("another look takes back the colours of the one before", () => {
  const root = document.createElement("div");
  applyTheme(THEME, root);
  applyTheme({ ...THEME, accent: null }, root);
  expect(root.style.getPropertyValue("--accent-light")).toBe("");
  expect(root.style.getPropertyValue("--accent-dark")).toBe("#f2a0b8");
  applyTheme({ ...THEME, accent: null, accent_dark: null }, root);
  expect(root.style).toHaveLength(0);
});

test("the picture of a logo is given back when another look has none or another one", () => {
  const released = vi.spyOn(URL, "revokeObjectURL");
  const root = document.createElement("div");
  const { logo } = applyTheme(THEME, root);
  expect(applyTheme({ ...THEME, name: "Cellar" }, root).logo).toBe(logo);
  expect(released).not.toHaveBeenCalledWith(logo);
  expect(applyTheme({ ...THEME, logo: null }, root).logo).toBeNull();
  expect(released).toHaveBeenCalledWith(logo);
  released.mockRestore();
});

test("the name stands in the title and beside the logo, which is a picture of the page's own", () => {
  const brand = applyTheme(THEME, document.createElement("div"));
  const { container } = render(
    <BrandContext value={brand}>
      <Page title="Packages">
        <Wordmark />
      </Page>
    </BrandContext>,
  );
  expect(screen.getByText("Vineyard data")).toBeTruthy();
  expect(document.title).toBe("Packages · Vineyard data");
  expect(container.querySelector("img")?.src).toMatch(/^blob:/);
});
