import type { TreeNode } from "../answers";

export interface Branch {
  path: string;
  name: string;
  /** Undefined where only what is below it was named. */
  node: TreeNode | undefined;
  children: Branch[];
}

/** The nodes of a file below each other, in the order in which they came. The root's own node stands first. */
export function branchesOf(nodes: readonly TreeNode[]): Branch[] {
  const root: Branch = { path: "", name: "", node: undefined, children: [] };
  const known = new Map([["", root]]);
  const branchAt = (path: string): Branch => {
    const there = known.get(path);
    if (there) return there;
    const slash = path.lastIndexOf("/");
    const made: Branch = { path, name: path.slice(slash + 1), node: undefined, children: [] };
    known.set(path, made);
    branchAt(slash < 0 ? "" : path.slice(0, slash)).children.push(made);
    return made;
  };
  for (const node of nodes) branchAt(node.path.replace(/^\/+|\/+$/g, "")).node = node;
  const { node, children } = root;
  const isTelling = node && ((node.value ?? null) !== null || Object.keys(node.attributes ?? {}).length > 0);
  return isTelling ? [{ ...root, name: "/", children: [] }, ...children] : children;
}
