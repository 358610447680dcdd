import {
  computed,
  type ComputedRef,
  effectScope,
  getCurrentInstance,
  type MaybeRefOrGetter,
  onMounted,
  shallowRef,
  toValue,
  watch,
} from "vue";

import { connect, type Connection, initialState, type Options } from "./connect.ts";
import { isComplete, isOpen, type Path } from "./paths.ts";
import type { DeepPartial, Failure, JSONValue, State, Status } from "./types.ts";

export type { DeepPartial, Failure, State, Status } from "./types.ts";

export interface Followed<T> {
  readonly state: ComputedRef<State<T>>;
  readonly value: ComputedRef<DeepPartial<T> | undefined>;
  readonly status: ComputedRef<Status>;
  readonly error: ComputedRef<Failure | undefined>;
  /** Whether the node at a path, such as `["sections", 0]`, is still arriving. Reactive. */
  readonly isOpen: (path: Path) => boolean;
  /** Whether it is there, and whole. Reactive. */
  readonly isComplete: (path: Path) => boolean;
  /** Ends the connection; the stream itself goes on. */
  readonly close: () => void;
}

/**
 * The document at `url` while it arrives; see `connect`. Null is nothing to follow, yet.
 *
 * Connects once the component is mounted (outside of one, at once), and closes when its scope ends
 * or `url` changes; `from` is for the first of them alone. The value is not made reactive deep down:
 * what has not changed in it is the same object as before, so that a component that is given a part
 * of it is rendered when that changes.
 */
export function usePartial<T = JSONValue>(
  url: MaybeRefOrGetter<string | null | undefined>,
  options?: Options,
): Followed<T> {
  let from = options?.from;
  const state = shallowRef(initialState<T>(from));
  let connection: Connection<T> | undefined;
  // A store may be set up by a component, and be there longer: its watcher is to be, too.
  const scope = effectScope();
  const start = () =>
    scope.run(() =>
      watch(
        () => toValue(url),
        (address, _, onCleanup) => {
          state.value = initialState<T>(from);
          if (!address) return;
          const mine = (connection = connect<T>(address, { ...options, from }));
          // It is of the first document alone.
          from = undefined;
          mine.subscribe((next) => (state.value = next));
          onCleanup(mine.close);
        },
        { immediate: true },
      ),
    );
  // Not on a server, which would wait for nobody. What is mounted is not mounted again.
  if (getCurrentInstance()?.isMounted === false) onMounted(start);
  else start();
  return {
    state: computed(() => state.value),
    value: computed(() => state.value.value as DeepPartial<T> | undefined),
    status: computed(() => state.value.status),
    error: computed(() => state.value.error),
    isOpen: (path) => isOpen(state.value, path),
    isComplete: (path) => isComplete(state.value, path),
    close: () => connection?.close(),
  };
}
