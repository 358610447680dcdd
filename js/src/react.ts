import { useMemo, useState, useSyncExternalStore } from "react";

import { connect, type Connection, initialState, type Options } from "./connect.ts";
import { isComplete, isOpen, type Path } from "./paths.ts";
import type { JSONValue, State } from "./types.ts";

export type { DeepPartial, Failure, State, Status } from "./types.ts";

/** The state of a connection, and what one asks of it. */
export type Followed<T> = State<T> & {
  /** Whether the node at a path, such as `["sections", 0]`, is still arriving. */
  readonly isOpen: (path: Path) => boolean;
  /** Whether it is there, and whole. */
  readonly isComplete: (path: Path) => boolean;
  /** Ends the connection; the stream itself goes on. */
  readonly close: () => void;
};

/**
 * The document at `url` while it arrives; see `connect`. Null is nothing to follow, yet.
 *
 * Connects once the component is there and closes when it goes, or when `url` changes; `from` is for
 * the first of them alone. Other changes of `options` have no effect. What has not changed in the
 * value is the same object as before: a `memo` component that is given a part of it is rendered when
 * that part changes.
 */
export function usePartial<T = JSONValue>(
  url: string | null | undefined,
  options?: Options,
): Followed<T> {
  // What it goes on from is of the first document alone: false once that is no longer shown.
  const [first, setFirst] = useState<string | null | undefined | false>(url);
  if (first !== false && url !== first) setFirst(first ? false : url);
  // One store for each address, with the options of the render that brought it.
  const store = useMemo(
    () => storeOf<T>(url, (first ?? url) === url ? options : { ...options, from: undefined }),
    [url],
  );
  const state = useSyncExternalStore(store.subscribe, store.get, store.get);
  return useMemo(
    () => ({
      ...state,
      isOpen: (path: Path) => isOpen(state, path),
      isComplete: (path: Path) => isComplete(state, path),
      close: store.close,
    }),
    [state, store],
  );
}

function storeOf<T>(url: string | null | undefined, options?: Options) {
  let connection: Connection<T> | undefined;
  let state = initialState<T>(options?.from);
  return {
    get: () => state,
    close: () => connection?.close(),
    subscribe(changed: () => void) {
      if (!url || ["done", "failed", "closed"].includes(state.status)) return () => {};
      // React may come again, as its StrictMode does: then it goes on from what it had.
      const mine = connect<T>(url, state.id === undefined ? options : { ...options, from: state });
      connection = mine;
      const leave = mine.subscribe((next) => {
        state = next;
        changed();
      });
      return () => {
        leave();
        mine.close();
      };
    },
  };
}
