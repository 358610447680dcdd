import { expect, test } from "vitest";

import { connect } from "../src/index.ts";
import { frame } from "./server.ts";

const CHARACTERS = [..."aé€😀\u2028"];
const BEGINNING = '{"title":"';

/** The same numbers for the same seed, from 0 to below `end`. */
function randomOf(seed: number): (end: number) => number {
  let state = seed;
  return (end) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
}

/** A document of one text, and what is told of it over a line that may be cut anywhere. */
class Line {
  readonly title: string[];
  private readonly offsets: number[];
  private readonly random: (end: number) => number;

  constructor(seed: number) {
    this.random = randomOf(seed);
    this.title = Array.from({ length: 1 + this.random(60) }, () => CHARACTERS[this.random(5)]!);
    this.offsets = [...this.title, ""].map(
      (_, i) => new TextEncoder().encode(BEGINNING + this.title.slice(0, i).join("")).length,
    );
  }

  id(at: number): string {
    return `s.0.${this.offsets[at]}`;
  }

  /** What shows at the place that an id names. */
  valueAt(id: string): unknown {
    const at = this.offsets.findIndex((_, i) => this.id(i) === id);
    expect(at).toBeGreaterThanOrEqual(0);
    return { title: this.title.slice(0, at).join("") };
  }

  fetch: typeof fetch = async (url) => {
    if (this.random(8) === 0) throw new TypeError("no network");
    if (this.random(8) === 0) return new Response("", { status: 503 });
    const bytes = new TextEncoder().encode(this.told(new URL(String(url)).searchParams));
    const end = this.random(2) ? bytes.length : this.random(bytes.length + 1);
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (sent < end) {
          const before = sent;
          sent = Math.min(end, sent + 1 + this.random(20));
          controller.enqueue(bytes.slice(before, sent));
        } else if (this.random(2)) controller.close();
        else controller.error(new TypeError("cut"));
      },
    });
    return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  };

  private told(query: URLSearchParams): string {
    const cursor = query.get("cursor");
    let at =
      cursor === null ? this.random(5) : this.offsets.findIndex((_, i) => this.id(i) === cursor);
    at = Math.min(at, this.title.length);
    const value = this.valueAt(this.id(at));
    let text = cursor === null ? frame("snap", this.id(at), { v: value, open: "/title" }) : "";
    let head: object = { o: "append", p: "/title" };
    while (at < this.title.length && this.random(12)) {
      const before = at;
      at = Math.min(this.title.length, at + 1 + this.random(4));
      text += frame("d", this.id(at), { ...head, v: this.title.slice(before, at).join("") });
      head = {};
    }
    if (at === this.title.length) text += frame("end", this.id(at), { ok: true });
    return this.random(2) ? text : text.replaceAll("\n", "\r\n");
  }
}

test.each(Array.from({ length: 100 }, (_, seed) => seed))(
  "whatever is lost on the way, what shows is what came up to the id (%i)",
  async (seed) => {
    const line = new Line(seed);
    const connection = connect("http://any/", { fetch: line.fetch, backoff: { min: 0 } });
    const seen: [string, unknown][] = [];
    connection.subscribe(({ id, value }) => {
      if (id !== undefined) seen.push([id, value]);
    });
    const last = await connection.ended;
    expect(last).toMatchObject({ status: "done", value: { title: line.title.join("") } });
    expect(seen.length).toBeGreaterThan(0);
    for (const [id, value] of seen) expect(value).toEqual(line.valueAt(id));
  },
);
