import { deepStrictEqual } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

import { Reader, type WireEvent } from "../src/reader.ts";

interface Told extends WireEvent {
  readonly state: { readonly value?: unknown; readonly open: string | null };
}
interface Case {
  readonly name: string;
  readonly connections: readonly (readonly Told[])[];
}

// Written by the Python tests: both sides hold the same conversations to be right.
const file = new URL("../../tests/wire_corpus.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf-8")) as { cases: Case[] };

describe("the conversations of the wire", () => {
  test.each(cases)("$name", ({ connections }) => {
    const reader = new Reader();
    for (const events of connections) {
      reader.connected();
      for (const { state, ...event } of events) {
        reader.take(event);
        const { value, open, id } = reader.known;
        // Vitest's own takes a key called `constructor` for the real one.
        deepStrictEqual(value, state.value);
        // The same order of keys as well.
        expect(JSON.stringify(value)).toBe(JSON.stringify(state.value));
        expect(open).toBe(state.open);
        expect(id).toBe(event.id);
      }
    }
  });

  test("are there", () => expect(cases.length).toBeGreaterThan(40));
});
