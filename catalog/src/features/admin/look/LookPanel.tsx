/** Name, logo and colours of the installation: they are checked and shown before they are saved. */
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { instance, THEME } from "@/api/instance";
import { keys } from "@/api/keys";
import type { InstanceTheme, InstanceThemeUpdate } from "@/api/models";
import { useApiMutation } from "@/api/useApiMutation";
import { t } from "@/language/en/features/admin/look";
import { useServices } from "@/s3/context";
import { OUR_COLOURS, OUR_NAME, useShowLook } from "@/ui/brand";
import { Button } from "@/ui/Button";
import { ConfirmButton } from "@/ui/Confirm";
import { Field } from "@/ui/Field";
import { Form, FormActions } from "@/ui/Form";
import { Panel } from "@/ui/Layout";
import { Loaded } from "@/ui/Loaded";
import { Ago } from "@/ui/Measures";
import { ErrorNotice } from "@/ui/States";
import { useLater } from "@/ui/useLater";
import { useLeaveGuard } from "@/ui/useLeaveGuard";
import { LookPreview } from "./LookPreview";
import styles from "./LookPanel.module.css";

type Part = keyof InstanceTheme["sources"];
type Draft = Record<Part, string>;

const PARTS: readonly Part[] = ["name", "logo", "accent", "accent_dark"];
const DEFAULTS: InstanceThemeUpdate = { name: null, logo: null, accent: null, accent_dark: null };

export function LookPanel() {
  const theme = useQuery(instance.theme(useServices()));
  return (
    <Panel title={t.nameLogoAndColours} padded>
      <Loaded query={theme} label={t.loadingTheLook}>
        {found => <LookForm found={found} />}
      </Loaded>
    </Panel>
  );
}

/** As it is edited; empty stands for the default. */
function draftOf({ theme, sources }: InstanceTheme): Draft {
  const shown = (part: Part) => (sources[part] === "default" ? "" : (theme[part] ?? ""));
  return {
    name: shown("name"),
    logo: shown("logo"),
    accent: shown("accent"),
    accent_dark: shown("accent_dark"),
  };
}

/** What was edited besides what was sent and is saved. */
const withoutSaved = (edits: Partial<Draft>, sent: Partial<Draft>): Partial<Draft> =>
  Object.fromEntries(Object.entries(edits).filter(([part, text]) => sent[part as Part] !== text));

function LookForm({ found }: { found: InstanceTheme }) {
  const services = useServices();
  const showLook = useShowLook();
  const queryClient = useQueryClient();
  const before = draftOf(found);
  const [edits, setEdits] = useState<Partial<Draft>>({});
  const draft: Draft = { ...before, ...edits };
  const set = (part: Part) => (value: string) => setEdits(now => ({ ...now, [part]: value }));
  const isFixed = (part: Part) => found.sources[part] === "setting";
  const changed = PARTS.filter(part => draft[part].trim() !== before[part]);
  useLeaveGuard(changed.length > 0);
  const wanted: InstanceThemeUpdate = Object.fromEntries(
    changed.map(part => [part, draft[part].trim() || null]),
  );
  const checked = useLater(JSON.stringify(wanted));
  const preview = useQuery({
    ...instance.themePreview(services, JSON.parse(checked) as InstanceThemeUpdate),
    enabled: changed.length > 0,
    placeholderData: keepPreviousData,
  });
  const isChecked = checked === JSON.stringify(wanted) && preview.isSuccess && !preview.isPlaceholderData;
  const shown = changed.length > 0 ? (preview.data ?? found) : found;
  const show = (made: InstanceTheme) => {
    queryClient.setQueryData(instance.theme(services).queryKey, made);
    showLook(made.theme);
  };
  const save = useApiMutation(
    (client, { body }: { body: InstanceThemeUpdate; sent: Partial<Draft> }) =>
      client.call<InstanceTheme>(THEME, { method: "PATCH", body }),
    [keys.theme()],
    (made, { sent }) => {
      setEdits(now => withoutSaved(now, sent));
      show(made);
    },
  );
  const back = useApiMutation(
    client => client.call<InstanceTheme>(THEME, { method: "PATCH", body: DEFAULTS }),
    [keys.theme()],
    made => {
      setEdits({});
      show(made);
    },
  );
  return (
    <div className={styles.sides}>
      <Form
        free
        onSubmit={() => {
          if (!save.isPending) save.mutate({ body: wanted, sent: edits });
        }}
      >
        <p className="muted">{t.everybodySeesThem(<code key="settings">REGISTRY_THEME__…</code>)}</p>
        <Field
          label={t.name}
          name="name"
          maxLength={60}
          placeholder={OUR_NAME}
          disabled={isFixed("name")}
          help={isFixed("name") && fixedBy("name")}
          value={draft.name}
          onChange={event => set("name")(event.target.value)}
        />
        <LogoField logo={draft.logo} isFixed={isFixed("logo")} setLogo={set("logo")} />
        <ColourField
          label={t.colourInLightPages}
          chooser={t.chooseTheColourInLightPages}
          part="accent"
          value={draft.accent}
          isFixed={isFixed}
          setValue={set("accent")}
        />
        <ColourField
          label={t.colourInDarkPages}
          chooser={t.chooseTheColourInDarkPages}
          part="accent_dark"
          value={draft.accent_dark}
          isFixed={isFixed}
          setValue={set("accent_dark")}
        />
        <ErrorNotice error={changed.length > 0 ? (save.error ?? preview.error) : null} />
        <FormActions>
          <Button
            kind="primary"
            type="submit"
            disabled={changed.length === 0 || !isChecked}
            busy={save.isPending}
          >
            {t.save}
          </Button>
          {changed.length > 0 && (
            <Button kind="quiet" onClick={() => setEdits({})}>
              {t.discard}
            </Button>
          )}
          <ConfirmButton
            label={t.backToDefault}
            title={t.backToTheDefaultLook}
            about={t.whatWasChosenIsRemoved}
            kind="plain"
            disabled={found.changed_at === null || PARTS.every(part => found.sources[part] !== "catalog")}
            action={back}
          />
        </FormActions>
        {found.changed_at !== null && (
          <p className="muted">
            {t.changedBy(<Ago key="at" at={found.changed_at} />, found.changed_by ?? "")}
          </p>
        )}
      </Form>
      <LookPreview look={shown.theme} />
    </div>
  );
}

/** That a setting decides this part, and which. */
function fixedBy(part: Part) {
  return t.setBy(<code key="setting">{`REGISTRY_THEME__${part.toUpperCase()}`}</code>);
}

function ColourField({
  label,
  chooser,
  part,
  value,
  isFixed,
  setValue,
}: {
  label: string;
  /** Label of the field that picks the colour. */
  chooser: string;
  part: keyof typeof OUR_COLOURS;
  value: string;
  isFixed: (part: Part) => boolean;
  setValue: (value: string) => void;
}) {
  const isColour = /^#[0-9a-f]{6}$/i.test(value.trim());
  return (
    <div className={styles.colour}>
      <Field
        label={label}
        name={part}
        placeholder={OUR_COLOURS[part]}
        maxLength={7}
        spellCheck={false}
        disabled={isFixed(part)}
        help={isFixed(part) ? fixedBy(part) : t.forLinksAndButtons}
        value={value}
        onChange={event => setValue(event.target.value)}
      />
      <input
        type="color"
        aria-label={chooser}
        disabled={isFixed(part)}
        value={isColour ? value.trim().toLowerCase() : OUR_COLOURS[part]}
        onChange={event => setValue(event.target.value)}
      />
    </div>
  );
}

const MAX_LOGO_BYTES = 64 << 10;

function LogoField({
  logo,
  isFixed,
  setLogo,
}: {
  logo: string;
  isFixed: boolean;
  setLogo: (logo: string) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const take = async (file: File) => {
    setProblem(null);
    if (file.size > MAX_LOGO_BYTES) {
      setProblem(t.isLargerThan(file.name));
      return;
    }
    setLogo(await dataUrlOf(file));
  };
  return (
    <div className={styles.logo} role="group" aria-label={t.logo}>
      <span className={styles.label}>{t.logo}</span>
      <div className={styles.buttons}>
        <Button small disabled={isFixed} onClick={() => input.current?.click()}>
          {logo ? t.chooseAnother : t.chooseAPicture}
        </Button>
        {logo && !isFixed && (
          <Button small kind="quiet" onClick={() => setLogo("")}>
            {t.remove}
          </Button>
        )}
        <input
          ref={input}
          type="file"
          hidden
          accept="image/png,image/svg+xml"
          aria-label={t.pictureOfTheLogo}
          onChange={({ target }) => {
            const file = target.files?.[0];
            if (file) void take(file);
            target.value = "";
          }}
        />
      </div>
      <p className={problem ? styles.problem : "muted"} role={problem ? "alert" : undefined}>
        {problem ?? (isFixed ? fixedBy("logo") : t.pngOrSvg)}
      </p>
    </div>
  );
}

async function dataUrlOf(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const text = Array.from(bytes, byte => String.fromCharCode(byte)).join("");
  const isSvg = file.type === "image/svg+xml" || file.name.toLowerCase().endsWith(".svg");
  return `data:image/${isSvg ? "svg+xml" : "png"};base64,${btoa(text)}`;
}
