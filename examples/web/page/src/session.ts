import type { Kept } from "partialjson-client";

/** Bytes that were received, and those that whole snapshots would have been. */
export interface Bytes {
  readonly deltas: number;
  readonly snapshots: number;
  readonly events: number;
}

interface Session {
  readonly state?: Kept;
  readonly bytes: Bytes;
}

const NONE: Bytes = { deltas: 0, snapshots: 0, events: 0 };

/** What this tab has of a report, also over a reload: then only the rest has to come. */
export function load(name: string | null): Session {
  const text = name && sessionStorage.getItem(name);
  return text ? JSON.parse(text) : { bytes: NONE };
}

/** Keeps it. JSON is enough for a report; a value that holds Infinity would need another way. */
export function keep(name: string, state: Kept, bytes: Bytes): void {
  const { value, open, left, id } = state;
  sessionStorage.setItem(name, JSON.stringify({ state: { value, open, left, id }, bytes }));
}

/** `fetch` that counts what comes, and whose line can be cut, to see what happens then. */
export class Line {
  received = 0;
  private cuts: (() => void)[] = [];
  private deadUntil = 0;

  fetch: typeof fetch = async (input, init) => {
    this.check();
    const response = await fetch(input, init);
    this.check();
    const cut = new AbortController();
    this.cuts.push(() => cut.abort(new TypeError("the line was cut")));
    const count = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        this.received += chunk.byteLength;
        controller.enqueue(chunk);
      },
    });
    const body = response.body && response.body.pipeThrough(count, { signal: cut.signal });
    return new Response(body, response);
  };

  private check(): void {
    if (Date.now() < this.deadUntil) throw new TypeError("the line is cut");
  }

  /** Nothing comes through for so many milliseconds, and what was connected is lost. */
  cut(time: number): void {
    this.deadUntil = Date.now() + time;
    for (const cut of this.cuts.splice(0)) cut();
  }
}

const encoder = new TextEncoder();

/** The size of the event that would say all of it again. */
export function sizeOfSnapshot({ value, open, id }: Kept): number {
  const data = JSON.stringify({ v: value, open });
  return encoder.encode(`event:snap\ndata:${data}\nid:${id}\n\n`).length;
}
