/** The head of a page in a look, in light and in dark. */
import { type CSSProperties, useMemo } from "react";
import { t } from "@/language/en/features/admin/look";
import { pictureOf } from "@/lib/pictures";
import { BrandContext, type Look, OUR_COLOURS, SOFT_ACCENT } from "@/ui/brand";
import { Wordmark } from "@/ui/Patch";
import { useObjectUrl } from "@/ui/useObjectUrl";
import styles from "./LookPreview.module.css";

export function LookPreview({ look }: { look: Look }) {
  const logo = useObjectUrl(useMemo(() => (look.logo === null ? null : pictureOf(look.logo)), [look.logo]));
  const colours = {
    "--accent-light": look.accent ?? OUR_COLOURS.accent,
    "--accent-dark": look.accent_dark ?? OUR_COLOURS.accent_dark,
    "--accent-soft": SOFT_ACCENT,
  } as CSSProperties;
  return (
    <section aria-label={t.preview} className={styles.preview}>
      <BrandContext value={{ name: look.name, logo }}>
        {(["light", "dark"] as const).map(scheme => (
          <div key={scheme} className={styles.page} data-scheme={scheme} style={colours}>
            <div className={styles.head}>
              <Wordmark />
            </div>
            <div className={styles.body}>
              <span className={styles.link}>{t.aPackage}</span>
              <span className={styles.chosen}>{t.chosen}</span>
              <span className={styles.button}>{t.download}</span>
            </div>
          </div>
        ))}
      </BrandContext>
    </section>
  );
}
