import { t } from "@/language/en/ui/parts";
import { BLOCK_SIZE, type BlockData, drawBlock, kindsText } from "@/lib/block";
import styles from "./PackageBlock.module.css";

/** What a package or bucket holds, as a patch. `labelled`: for screen readers as well, where no text beside it says it. */
export function PackageBlock({
  size = 28,
  form = "package",
  labelled = false,
  ...data
}: BlockData & { size?: number; form?: "package" | "bucket"; labelled?: boolean }) {
  const { shapes, stitches } = drawBlock(data, form);
  const count =
    form === "package" ? t.revisionsRevisions(data.revisions) : t.packagesPackages(data.revisions);
  const words = [kindsText(data.kinds), count].filter(Boolean).join("; ");
  return (
    <svg
      width={size}
      height={size}
      viewBox={`0 0 ${BLOCK_SIZE} ${BLOCK_SIZE}`}
      className={styles.block}
      data-form={form}
      {...(labelled ? { role: "img", "aria-label": words } : { "aria-hidden": true })}
    >
      <title>{words}</title>
      {shapes.map(({ kind, tone, path }, index) => (
        <path key={index} d={path} className={styles[kind]} data-tone={tone} />
      ))}
      {stitches && <path d={stitches} className={styles.stitches} />}
    </svg>
  );
}
