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
  // A loop, since a document may be deeper than the stack. `node` is the innermost copy so far,
  // and `at` is where it goes on from there.
  const root: any = [value];
  let node = root;
  let at = "0";
  for (const step of toSteps(delta.p)) {
    const next = node[at];
    if (Array.isArray(next)) {
      const index = Number(step) >>> 0;
      // One past the end is where the next element comes.
      if (index > next.length || String(index) !== step) throw unfit(delta);
      node = node[at] = next.slice();
    } else {
      if (Object(next) !== next) throw unfit(delta);
      // A literal defines its keys where an assignment would heed `__proto__`; later ones do not.
      node = node[at] = { ...next, [step]: Object.hasOwn(next, step) ? next[step] : undefined };
    }
    at = step;
  }
  if (delta.o === "add") node[at] = delta.v;
  else if (typeof node[at] !== "string" || typeof delta.v !== "string") throw unfit(delta);
  else node[at] += delta.v;
  return root[0];
}

function unfit(delta: Delta): DeltaError {
  return new DeltaError(`cannot ${delta.o} at ${JSON.stringify(delta.p)}`);
}
