import { toSteps } from "./paths.ts";
import type { JSONValue } from "./types.ts";

/** One change: where, and what. `p` is a JSON pointer (RFC 6901). */
export interface Delta {
  /** `add`: the node at `p` is `v` now. `append`: the string at `p` has grown by the text `v`. */
  readonly o: "add" | "append";
  readonly p: string;
  readonly v: JSONValue;
}

/** A delta that does not fit the value: the sender knows another one. */
export class DeltaError extends Error {
  override name = "DeltaError";
}

/**
 * The value that `delta` makes of `value`, where undefined stands for nothing yet.
 *
 * `value` stays as it is. Only the containers on the way to the change are new; all else is shared,
 * so that what is the same object has not changed. Throws a `DeltaError` if the way leads nowhere.
 */
export function applyDelta(value: JSONValue | undefined, delta: Delta): JSONValue {
  return changed(value, toSteps(delta.p), 0, delta);
}

function changed(
  node: JSONValue | undefined,
  steps: readonly string[],
  depth: number,
  delta: Delta,
): JSONValue {
  const step = steps[depth];
  if (step === undefined) {
    if (delta.o === "add") return delta.v;
    if (typeof node !== "string" || typeof delta.v !== "string") throw unfit(delta);
    return node + delta.v;
  }
  if (Array.isArray(node)) {
    const index = Number(step);
    // One past the end is where the next element comes.
    if (!(index >= 0 && index <= node.length) || String(index) !== step) throw unfit(delta);
    const copy = node.slice();
    copy[index] = changed(node[index], steps, depth + 1, delta);
    return copy;
  }
  if (typeof node !== "object" || node === null) throw unfit(delta);
  const fields = node as { readonly [key: string]: JSONValue };
  const old = Object.hasOwn(fields, step) ? fields[step] : undefined;
  // A literal defines its keys where an assignment would heed `__proto__`.
  return { ...fields, [step]: changed(old, steps, depth + 1, delta) };
}

function unfit(delta: Delta): DeltaError {
  return new DeltaError(`cannot ${delta.o} at ${JSON.stringify(delta.p)}`);
}
