import type { State } from "./types.ts";

/** A place in a value: a JSON pointer, or its steps. */
export type Path = string | readonly (string | number)[];

/** The JSON pointer of a path. */
export function toPointer(path: Path): string {
  if (typeof path === "string") return path;
  return path
    .map((step) => "/" + String(step).replaceAll("~", "~0").replaceAll("/", "~1"))
    .join("");
}

/** The steps of a JSON pointer. */
export function toSteps(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Whether the node at `path` is still arriving. */
export function isOpen(state: Pick<State<unknown>, "open">, path: Path): boolean {
  return leadsTo(path, state.open);
}

/** Whether the node at `path` is there, and whole. */
export function isComplete(
  state: Pick<State<unknown>, "open" | "left" | "value">,
  path: Path,
): boolean {
  if (leadsTo(path, state.open) || leadsTo(path, state.left)) return false;
  // From outside of the root, so that a pointer without its slash, which is none, does not mean it.
  let node: any = [state.value];
  for (const step of toSteps("/0" + toPointer(path))) {
    if (Object(node) !== node || !Object.hasOwn(node, step)) return false;
    // Its own, but no element.
    if (step === "length" && Array.isArray(node)) return false;
    node = node[step];
  }
  return node !== undefined;
}

function leadsTo(path: Path, pointer: string | null): boolean {
  return pointer !== null && (pointer + "/").startsWith(toPointer(path) + "/");
}
