/** Groups, arrays and values within a file. */
import { ChevronRight } from "lucide-react";
import { useMemo, useState } from "react";
import { t } from "@/language/en/preview/containers";
import { nameOf } from "@/lib/paths";
import { JsonTree } from "@/ui/JsonTree";
import { Facts } from "@/ui/Layout";
import { Empty } from "@/ui/States";
import type { Answer, TreeNode } from "../answers";
import { useFile } from "../file";
import { cellText } from "../table/question";
import { type Branch, branchesOf } from "./branches";
import styles from "./TreeViewer.module.css";

/** Children shown at first, and at each "more". */
const BATCH_CHILDREN = 100;
/** Opened at the start. */
const OPEN_DEPTH = 2;

export default function TreeViewer({ answer }: { answer: Answer }) {
  const { name } = useFile();
  const branches = useMemo(() => (answer.kind === "tree" ? branchesOf(answer.nodes) : []), [answer]);
  if (answer.kind !== "tree") return null;
  const details = Object.entries(answer.details ?? {});
  return (
    <div className={styles.viewer}>
      {details.length > 0 && (
        <Facts
          facts={details.map(
            ([label, value]) => [label, <span key={label}>{cellText(value) ?? "–"}</span>] as const,
          )}
        />
      )}
      {branches.length === 0 ? (
        <Empty title={t.fileHoldsNothing} />
      ) : (
        <div role="group" aria-label={t.treeName(nameOf(name))}>
          <Branches of={branches} depth={0} />
        </div>
      )}
    </div>
  );
}

function Branches({ of, depth }: { of: readonly Branch[]; depth: number }) {
  const [shown, setShown] = useState(BATCH_CHILDREN);
  return (
    <ul className={styles.branches}>
      {of.slice(0, shown).map(branch => (
        <Twig key={branch.path} branch={branch} depth={depth} />
      ))}
      {of.length > shown && (
        <li>
          <button type="button" className={styles.more} onClick={() => setShown(shown + BATCH_CHILDREN)}>
            {t.moreOf(of.length - shown)}
          </button>
        </li>
      )}
    </ul>
  );
}

function Twig({ branch, depth }: { branch: Branch; depth: number }) {
  const [open, setOpen] = useState(depth < OPEN_DEPTH && (branch.children.length > 0 || branch.path === ""));
  const attributes = Object.keys(branch.node?.attributes ?? {}).length;
  const about = (
    <>
      <span className={styles.name}>{branch.name}</span>
      <About node={branch.node} />
      {attributes > 0 && <span className="muted">{t.attributesAttributes(attributes)}</span>}
    </>
  );
  if (branch.children.length === 0 && attributes === 0) return <li className={styles.leaf}>{about}</li>;
  return (
    <li>
      <button type="button" className={styles.toggle} aria-expanded={open} onClick={() => setOpen(!open)}>
        <ChevronRight size={13} />
        {about}
      </button>
      {open && (
        <div className={styles.inner}>
          {attributes > 0 && (
            <div className={styles.attributes}>
              <JsonTree
                value={branch.node?.attributes ?? {}}
                label={t.attributesName(branch.name)}
                open={1}
              />
            </div>
          )}
          {branch.children.length > 0 && <Branches of={branch.children} depth={depth + 1} />}
        </div>
      )}
    </li>
  );
}

function About({ node }: { node: TreeNode | undefined }) {
  if (!node) return null;
  const value = cellText(node.value);
  return (
    <>
      {(node.type ?? node.kind) && <code className="muted">{node.type ?? node.kind}</code>}
      {node.shape && <span className="num muted">{node.shape.join(" × ") || t.scalar}</span>}
      {value !== null && (
        <span className={styles.value} title={value}>
          {value}
        </span>
      )}
    </>
  );
}
