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

/** What the events so far say, over any number of connections; no I/O. */
export class Reader {
  value: JSONValue | undefined;
  open: string | null;
  left: string | null;
  id: string | undefined;
  /** What `end` has said. */
  end: { readonly ok: boolean; readonly error?: Failure } | undefined;
  private before: Pick<Delta, "o" | "p"> | undefined;

  constructor(kept?: Kept) {
    this.value = kept?.value as JSONValue | undefined;
    this.open = kept?.open ?? null;
    this.left = kept?.left ?? null;
    this.id = kept?.id;
  }

  /** A new connection: what the one before said last is not repeated in it. */
  connected(): void {
    this.before = undefined;
  }

  /** Takes an event, all of it or, if that is no event of the wire and throws, nothing. */
  take(told: WireEvent): void {
    // What was left of a stream that goes on after all is told anew.
    let left: string | null = null;
    switch (told.event || "d") {
      case "snap":
      // Its data is empty: nothing shows.
      case "reset": {
        const snap = told.data as { readonly v?: JSONValue; readonly open?: string | null };
        this.value = snap.v;
        this.open = snap.open ?? null;
        this.before = undefined;
        break;
      }
      case "d": {
        const { data } = told;
        this.change(Array.isArray(data) ? data : [data]);
        break;
      }
      case "end":
        this.end = told.data as { ok: boolean };
        if (!this.end.ok) {
          ({ open: left = this.open ?? this.left } = this.end as { open?: string | null });
        }
        this.open = null;
        break;
      default:
        return;
    }
    this.left = left;
    this.id = told.id || this.id;
  }

  private change(deltas: readonly WireDelta[]): void {
    let { value, open, before } = this;
    const made = new Set<unknown>();
    for (const delta of deltas) {
      const { o, p, v } = { ...before, ...delta };
      if (o === undefined || p === undefined || v === undefined) {
        throw new TypeError("a delta lacks a member");
      }
      before = { o, p };
      value = applyDelta(value, { o, p, v }, made);
      open = delta.open === undefined ? p : delta.open;
    }
    Object.assign(this, { value, open, before });
  }
}
