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
 * Deltas of which nobody sees what is in between may share `made`, the containers that are new: each
 * is copied but once, then.
 */
export function applyDelta(
  value: JSONValue | undefined,
  delta: Delta,
  made = new Set<unknown>(),
): JSONValue {
  // A loop, since a document may be deeper than the stack. `node` is the innermost copy so far,
  // and `at` is where it goes on from there.
  const root: any = [value];
  let node = root;
  let at = "0";
  for (const step of toSteps(delta.p)) {
    let next = node[at];
    const isArray = Array.isArray(next);
    const index = Number(step) >>> 0;
    // One past the end is where the next element comes.
    if (isArray ? index > next.length || String(index) !== step : Object(next) !== next)
      throw unfit(delta);
    const has = Object.hasOwn(next, step);
    // A literal defines what an assignment might heed, and a look find: what all objects inherit.
    if (!made.has(next) || (!has && step in {}))
      next = isArray ? next.slice() : { ...next, [step]: has ? next[step] : undefined };
    made.add((node = node[at] = next));
    at = step;
  }
  if (delta.o === "add") node[at] = delta.v;
  else if (delta.o === "append" && typeof node[at] === "string" && typeof delta.v === "string")
    node[at] += delta.v;
  else throw unfit(delta);
  return root[0];
}

function unfit(delta: Delta): DeltaError {
  return new DeltaError(`cannot ${delta.o} at "${delta.p}"`);
}
