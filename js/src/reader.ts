import { applyDelta, type Delta } from "./delta.ts";
import type { Failure, JSONValue, Kept } from "./types.ts";

/** An event of the wire (docs/wire.md). */
export interface WireEvent {
  /** `snap`, `reset`, `end`; none for deltas. */
  readonly event?: string | undefined;
  readonly id?: string | undefined;
  readonly data: unknown;
}

type WireDelta = Partial<Delta> & { readonly open?: string | null };

/** What is known of a document at one moment; the next is another object. */
export type Known = Required<Kept>;

/** What the events so far say, over any number of connections; no I/O. */
export class Reader {
  known: Known;
  /** What `end` has said. */
  end: { readonly ok: boolean; readonly error?: Failure } | undefined;
  private before: Pick<Delta, "o" | "p"> | undefined;

  constructor(kept?: Kept) {
    // Null, too, is what a storage has where nothing was kept.
    const { value, open = null, left = null, id }: Partial<Kept> = kept ?? {};
    this.known = { value, open, left, id };
  }

  /** A new connection: what the one before said last is not repeated in it. */
  connected(): void {
    this.before = undefined;
  }

  /**
   * Takes an event, all of it or, if that is no event of the wire and throws, nothing. `known` stays
   * the same if the event is an unknown one.
   */
  take(told: WireEvent): void {
    let { value, open } = this.known;
    // What was left of a stream that goes on after all is told anew.
    let left: string | null = null;
    switch (told.event || "d") {
      case "snap":
      // Its data is empty: nothing shows.
      case "reset":
        ({ v: value, open = null } = told.data as { v?: JSONValue; open?: string | null });
        this.before = undefined;
        break;
      case "d": {
        let { before } = this;
        const made = new Set<unknown>();
        for (const delta of [told.data].flat() as WireDelta[]) {
          const { o, p, v } = { ...before, ...delta };
          if (o === undefined || p === undefined || v === undefined) {
            throw new TypeError("a delta lacks a member");
          }
          before = { o, p };
          value = applyDelta(value as JSONValue | undefined, { o, p, v }, made);
          ({ open = p } = delta);
        }
        this.before = before;
        break;
      }
      case "end": {
        const end = told.data as { ok: boolean; open?: string | null };
        if (!end.ok) ({ open: left = open ?? this.known.left } = end);
        open = null;
        this.end = end;
        break;
      }
      default:
        return;
    }
    this.known = { value, open, left, id: told.id || this.known.id };
  }
}
