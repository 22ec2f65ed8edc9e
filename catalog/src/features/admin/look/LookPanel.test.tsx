import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import { renderSignedIn } from "@/testing/render";
import { REGISTRY, server } from "@/testing/server";
import { type Look, ShowLookContext } from "@/ui/brand";
import { LookPanel } from "./LookPanel";

const DEFAULT = {
  theme: { name: "Patchwork", logo: null, accent: null, accent_dark: null },
  sources: { name: "default", logo: "default", accent: "default", accent_dark: "default" },
  changed_at: null,
  changed_by: null,
};
const CHANGED = { changed_at: "2026-11-30T09:00:00Z", changed_by: "admin" };
const REASON = "accent: text in #2f8d8e on #ffffff has a contrast of 3.95:1; it must be at least 4.5:1";

type Wanted = Partial<Record<keyof Look, string | null>>;

/** A registry that refuses one colour, and keeps what it is given. */
function show(first: object = DEFAULT) {
  let kept = first as typeof DEFAULT;
  const sent: Wanted[] = [];
  const shown: Look[] = [];
  const after = (wanted: Wanted) => ({ ...kept, theme: { ...kept.theme, ...wanted } });
  server.use(
    http.get(`${REGISTRY}/api/v1/theme`, () => HttpResponse.json(kept)),
    http.post(`${REGISTRY}/api/v1/theme/preview`, async ({ request }) => {
      const wanted = (await request.json()) as Wanted;
      if (wanted.accent === "#2f8d8e")
        return HttpResponse.json({ status: 400, title: "It does not fit", detail: REASON }, { status: 400 });
      return HttpResponse.json(after(wanted));
    }),
    http.patch(`${REGISTRY}/api/v1/theme`, async ({ request }) => {
      const wanted = (await request.json()) as Wanted;
      sent.push(wanted);
      kept = {
        ...after({ ...wanted, name: wanted.name ?? "Patchwork" }),
        ...CHANGED,
      } as unknown as typeof DEFAULT;
      return HttpResponse.json(kept);
    }),
  );
  const rendered = renderSignedIn(
    <ShowLookContext value={look => shown.push(look)}>
      <LookPanel />
    </ShowLookContext>,
  );
  return { ...rendered, sent, shown };
}

const save = () => screen.getByRole<HTMLButtonElement>("button", { name: "Save" });

test("a name and a colour are shown before they are saved, and on all pages afterwards", async () => {
  const { user, sent, shown } = show();
  await user.type(await screen.findByLabelText("Name"), "Vineyard data");
  await user.type(screen.getByLabelText("Colour in light pages"), "#7a1f3d");
  const preview = within(screen.getByRole("region", { name: "Preview" }));
  expect(await preview.findAllByText("Vineyard data")).toHaveLength(2);
  await waitFor(() => expect(save().disabled).toBe(false));
  expect(sent).toEqual([]);
  await user.click(save());
  await waitFor(() => expect(shown).toHaveLength(1));
  expect(sent).toEqual([{ name: "Vineyard data", accent: "#7a1f3d" }]);
  expect(shown[0]).toMatchObject({ name: "Vineyard data", accent: "#7a1f3d" });
});

test("a colour without enough contrast cannot be saved, and the reason is there", async () => {
  const { user } = show();
  await user.type(await screen.findByLabelText("Colour in light pages"), "#2f8d8e");
  expect(await screen.findByText(REASON)).toBeTruthy();
  expect(save().disabled).toBe(true);
});

test("what a setting says cannot be changed here, and the page says which setting it is", async () => {
  show({ ...DEFAULT, sources: { ...DEFAULT.sources, name: "setting", logo: "setting" } });
  expect((await screen.findByLabelText<HTMLInputElement>("Name")).disabled).toBe(true);
  expect(screen.getByText("REGISTRY_THEME__NAME")).toBeTruthy();
  expect(screen.getByText("REGISTRY_THEME__LOGO")).toBeTruthy();
  expect(screen.getByLabelText<HTMLInputElement>("Colour in light pages").disabled).toBe(false);
});

test("a logo is sent as the picture that was chosen, and one that is too large is not", async () => {
  const { user, sent } = show();
  const input = await screen.findByLabelText("Picture of the logo");
  await user.upload(input, new File([new Uint8Array(70_000)], "large.png", { type: "image/png" }));
  expect(await screen.findByText("large.png is larger than 64 KiB.")).toBeTruthy();
  await user.upload(input, new File(["<svg/>"], "logo.svg", { type: "image/svg+xml" }));
  await waitFor(() => expect(save().disabled).toBe(false));
  await user.click(save());
  await waitFor(() => expect(sent).toEqual([{ logo: `data:image/svg+xml;base64,${btoa("<svg/>")}` }]));
});

test("everything that was chosen goes back to the default at once", async () => {
  const { user, sent } = show({
    ...DEFAULT,
    ...CHANGED,
    theme: { ...DEFAULT.theme, name: "Lab" },
    sources: { ...DEFAULT.sources, name: "catalog" },
  });
  await user.click(await screen.findByRole("button", { name: "Back to default" }));
  await user.click(
    within(await screen.findByRole("dialog")).getByRole("button", { name: "Back to default" }),
  );
  await waitFor(() => expect(sent).toEqual([{ name: null, logo: null, accent: null, accent_dark: null }]));
});
