/** What JSON can say. */
export type JSONValue =
  null | boolean | number | string | readonly JSONValue[] | { readonly [key: string]: JSONValue };

/**
 * `T` while it is still arriving: any field may be missing yet, at any depth; a list holds what has
 * begun. Nothing of it is to be changed: values share what they have in common.
 */
export type DeepPartial<T> = T extends string | number | boolean
  ? // Also where it is branded, as `string & { readonly brand: "id" }` is, which is an object, too.
    T
  : T extends readonly unknown[]
    ? number extends T["length"]
      ? readonly DeepPartial<T[number]>[]
      : { readonly [K in keyof T]?: DeepPartial<T[K]> }
    : T extends object
      ? { readonly [K in keyof T]?: DeepPartial<T[K]> }
      : T;

/**
 * Why there is an error: a type of the wire, or `HTTPError`, `WebSocketError`, `ProtocolError`,
 * `RequestError`, `ConnectionLost`.
 */
export interface Failure {
  readonly type: string;
  readonly message?: string;
  /** Of an `HTTPError`; of a `WebSocketError`, the code that it was closed with. */
  readonly status?: number;
  /** Further members that the wire has for this type: `pos`, `path`, `errors`. */
  readonly [member: string]: unknown;
}

/**
 * Where a connection is:
 * - `connecting`: for the first time
 * - `streaming`: connected, and more may come
 * - `reconnecting`: it was lost, and is being made again; `error` says why
 * - `done`: the document is whole; it is a `T`
 * - `failed`: nothing more comes; `error` says why, `value` is what came before
 * - `closed`: by `close()`, before the end
 */
export type Status = "connecting" | "streaming" | "reconnecting" | "done" | "failed" | "closed";

/** Everything known at one moment. A state never changes; the next is another object. */
export type State<T = JSONValue> = {
  /** The pointer of the deepest node that is still arriving; null if there is none. */
  readonly open: string | null;
  /** The pointer of what was still open when it failed: that was never finished. */
  readonly left: string | null;
  /** The place in the stream: what a connection resumes from. Undefined before the first event. */
  readonly id: string | undefined;
  readonly error: Failure | undefined;
} & (
  | { readonly status: "done"; readonly value: T }
  | {
      readonly status: Exclude<Status, "done">;
      /** What shows so far; undefined where nothing does. */
      readonly value: DeepPartial<T> | undefined;
    }
);

/** What a connection resumes from: a state, or what was kept of one, as JSON if need be. */
export type Kept = Pick<State<unknown>, "open" | "id"> & {
  readonly left?: string | null;
  readonly value?: unknown;
};
